//! Orders with constraints and sides against all orders, the bound of long searches, and what stands apart.

use crate::album::{measured, options, permutations, random_matrix};
use crate::signals::{join, silence, sine, white};
use mixproof::album::{
    EXACT_UP_TO, Laid, Medium, Options, Search, SongSetting, USUAL_GAP_S, balance_cost, medium, order_cost,
    search, split, suggest_sides,
};
use mixproof::audio::Block;
use mixproof::dsp::biquad::{StereoCascade, high_shelf};
use mixproof::model::{AlbumPolicy, Applicability, Constraints, OrderSource, Pin, Processor};
use mixproof::pipeline::plan_album;

fn follows(order: &[usize], (from, to): (usize, usize)) -> bool {
    order.windows(2).any(|pair| pair == [from, to])
}

#[test]
fn songs_that_must_and_must_not_follow_each_other_do_as_in_the_best_of_all_orders() {
    for songs in 3..=7 {
        let all = permutations(songs);
        for seed in 0..4 {
            let joints = random_matrix(songs, seed);
            let constraints = Constraints {
                pins: if seed % 2 == 0 { vec![Pin { place: 0, song: 2 }] } else { Vec::new() },
                follow: vec![(0, 1)],
                part: vec![(1, 2), (2, 0)],
            };
            let keeps = |order: &Vec<usize>| {
                follows(order, (0, 1))
                    && !follows(order, (1, 2))
                    && !follows(order, (2, 0))
                    && (seed % 2 == 1 || order[0] == 2)
            };
            let kept = all.iter().filter(|order| keeps(order));
            let cheapest = kept.map(|order| order_cost(&joints, &[], order)).fold(f64::INFINITY, f64::min);
            let found = search(&Search { joints: &joints, places: &[], constraints: &constraints, seed: 1 });
            let feasible = keeps(&found.order);
            assert_eq!(feasible, cheapest.is_finite(), "{songs} songs, seed {seed}: {found:?}");
            assert_eq!(feasible, mixproof::album::keeps(&found.order, &constraints), "two judges");
            if feasible {
                assert!((found.cost - cheapest).abs() < 1e-9, "{found:?}, {cheapest}");
                assert!(found.random_lowest_cost >= found.cost - 1e-9);
            }
        }
    }
}

#[test]
fn constraints_hold_beyond_the_exact_search_and_its_bound_is_below_the_best() {
    // With as many songs as can be solved exactly, the bound of the long search is known to be a bound.
    let songs = EXACT_UP_TO + 2;
    let mut gaps = Vec::new();
    for seed in 0..3 {
        let joints = random_matrix(songs, seed);
        let constraints =
            Constraints { follow: vec![(4, 9), (9, 2)], part: vec![(2, 3)], ..Constraints::default() };
        let found = search(&Search { joints: &joints, places: &[], constraints: &constraints, seed: 1 });
        assert!(!found.exact, "{found:?}");
        assert!(
            follows(&found.order, (4, 9)) && follows(&found.order, (9, 2)) && !follows(&found.order, (2, 3))
        );
        assert!(found.lower_bound_cost <= found.cost + 1e-9);
        gaps.push(found.cost / found.lower_bound_cost);
    }
    // Random joints have assignments close to their best orders: the bound says something.
    assert!(gaps.iter().all(|gap| *gap < 1.8), "{gaps:?}");
}

#[test]
fn contradictions_are_refused_before_anything_is_searched() {
    let folder = tempfile::tempdir().unwrap();
    let songs = measured(folder.path(), &[-20.0, -21.0, -22.0].map(crate::album::tone));
    let with = |order, constraints| {
        let options = Options { order, constraints, ..options(AlbumPolicy::LoudestTrack, Some(-18.0)) };
        plan_album(&songs, &options).map(|album| album.order).map_err(|error| error.to_string())
    };
    let follow = |pairs: &[(usize, usize)]| Constraints { follow: pairs.to_vec(), ..Constraints::default() };
    assert!(with(OrderSource::Suggest, follow(&[(0, 1), (0, 2)])).unwrap_err().contains("cannot follow"));
    assert!(with(OrderSource::Suggest, follow(&[(0, 1), (1, 2), (2, 0)])).unwrap_err().contains("no order"));
    assert!(with(OrderSource::Suggest, follow(&[(0, 5)])).unwrap_err().contains("no song 6"));
    assert!(with(OrderSource::Keep, follow(&[(2, 0)])).unwrap_err().contains("--order suggest"));
    assert_eq!(with(OrderSource::Suggest, follow(&[(2, 0)])).map(|order| follows(&order, (2, 0))), Ok(true));
    assert_eq!(with(OrderSource::Keep, follow(&[(0, 1)])), Ok(vec![0, 1, 2]));
}

#[test]
fn sides_are_as_even_as_they_can_be_and_streams_stay_together() {
    let free = [false; 8];
    // 40 minutes on two sides of 20: 10+5+5 | 8+6+6.
    let lengths_s = [600.0, 300.0, 290.0, 480.0, 360.0, 350.0];
    assert_eq!(split(&lengths_s, &free, 1200.0), [3, 3]);
    // The stream over the break moves it.
    let tied = [false, false, true, false, false];
    assert_eq!(split(&lengths_s, &tied, 1700.0), [2, 4]);
    // Four sides where two do not hold it; a song longer than a side has one for itself.
    assert_eq!(split(&[700.0; 4], &free, 800.0), [1, 1, 1, 1]);
    assert_eq!(split(&[2000.0, 100.0], &free, 1170.0), [1, 1]);
    assert_eq!(split(&[100.0], &[], 1170.0), [1]);
}

#[test]
fn the_suggested_sides_are_the_cheapest_of_all_orders_and_breaks() {
    let vinyl = Medium { longest_s: 700.0, ..medium("vinyl-12").unwrap() };
    for (seed, ends) in [(1, None), (2, None), (3, Some((4, 1)))] {
        let songs = 6;
        let joints = random_matrix(songs, seed);
        let shares = &random_matrix(1, seed + 50)[0];
        let laid = Laid {
            lengths_s: (0..songs).map(|song| 150.0 + 30.0 * song as f64).collect(),
            harshness_share: (0..songs).map(|song| (shares[0] * 7.0 * song as f64).fract()).collect(),
        };
        let pins = ends.map_or(Vec::new(), |(first, last)| {
            vec![Pin { place: 0, song: first }, Pin { place: songs - 1, song: last }]
        });
        let constraints = Constraints { pins, ..Constraints::default() };
        let search = Search { joints: &joints, places: &[], constraints: &constraints, seed: 1 };
        let (order, counts) = suggest_sides(&search, &laid, vinyl, &[]).unwrap();
        assert_eq!(counts.len(), 2);
        let mean_s = laid.lengths_s.iter().sum::<f64>() / 2.0;
        let side = |songs: &[usize]| {
            let (mut at_s, mut cost) = (0.0, 0.0);
            for (index, song) in songs.iter().enumerate() {
                if index > 0 {
                    at_s += USUAL_GAP_S;
                    cost += joints[songs[index - 1]][*song];
                }
                cost += laid.groove_cost(*song, at_s, vinyl);
                at_s += laid.lengths_s[*song];
            }
            if at_s > vinyl.longest_s { f64::INFINITY } else { cost + balance_cost(at_s, mean_s) }
        };
        let cost = |order: &[usize], at: usize| side(&order[..at]) + side(&order[at..]);
        let ends_fit = |order: &Vec<usize>| ends.is_none_or(|ends| (order[0], order[songs - 1]) == ends);
        let all = permutations(songs);
        let cheapest = all
            .iter()
            .filter(|order| ends_fit(order))
            .flat_map(|order| (1..songs).map(move |at| (order, at)))
            .map(|(order, at)| cost(order, at))
            .fold(f64::INFINITY, f64::min);
        let found = cost(&order, counts[0]);
        assert!((found - cheapest).abs() < 1e-9, "seed {seed}: {order:?} {counts:?} {found} {cheapest}");
        assert!(ends_fit(&order), "{order:?}");
    }
}

/// Ten seconds of noise that lives below 1 kHz, its treble moved by a shelf.
fn noise(treble_db: f64, seed: u64) -> Block {
    let mut block = white(0.1, 10.0, 48_000, 2, seed);
    let mut shelf = StereoCascade::new(&[
        high_shelf(1000.0, -30.0, std::f64::consts::FRAC_1_SQRT_2, 48_000.0),
        high_shelf(7000.0, treble_db, std::f64::consts::FRAC_1_SQRT_2, 48_000.0),
    ]);
    let [left, right] = block.channels_mut() else { unreachable!() };
    shelf.process(left, right);
    join(&[silence(0.2, 48_000, 2), block])
}

#[test]
fn a_song_apart_in_tone_is_named_and_its_move_leads_back_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = [noise(0.0, 1), noise(0.3, 2), noise(8.0, 3), noise(-0.3, 4), noise(0.1, 5)];
    let songs = measured(folder.path(), &blocks);
    let plain = options(AlbumPolicy::LoudestTrack, Some(-20.0));
    let album = plan_album(&songs, &plain).unwrap();
    let apart: Vec<&str> =
        album.coherence.songs[2].outliers.iter().map(|outlier| outlier.what.as_str()).collect();
    assert!(apart.contains(&"treble"), "{apart:?}");
    for song in [0, 1, 3, 4] {
        assert!(
            album.coherence.songs[song].outliers.is_empty(),
            "{song}: {:?}",
            album.coherence.songs[song].outliers
        );
        assert!(album.tracks[song].moves.is_empty());
    }
    assert!(album.findings.iter().any(|finding| finding.code == "ALB014"));
    let proposed = &album.tracks[2].moves[0];
    assert_eq!(proposed.applicability, Applicability::OptIn, "proposed, not applied");
    assert_eq!(album.tracks[2].moves_lu, 0.0);
    let Processor::Eq { bands, .. } = &proposed.processor else { panic!("{proposed:?}") };
    let treble = bands.iter().find(|band| band.center_hz == 7000.0).unwrap();
    assert!((-2.0..0.0).contains(&treble.gain_db) || treble.gain_db == -2.0, "back, and bounded: {treble:?}");
    // Asked for, the move is applied and the song keeps its level.
    let moved = plan_album(&songs, &Options { coherence: true, ..plain }).unwrap();
    let (before, after) = (&album.tracks[2], &moved.tracks[2]);
    assert!(after.moves_lu.abs() > 0.1, "{}", after.moves_lu);
    assert!((after.result_lufs.unwrap() - before.result_lufs.unwrap()).abs() < 0.011);
}

#[test]
fn at_most_a_third_of_the_songs_stand_apart_in_one_measure() {
    let folder = tempfile::tempdir().unwrap();
    // Three of seven are brighter: that is no exception, the brightest two are.
    let blocks = [0.0, 0.1, -0.1, 0.2, 6.0, 9.0, 12.0].map(|treble_db| noise(treble_db, 7));
    let songs = measured(folder.path(), &blocks);
    let album = plan_album(&songs, &options(AlbumPolicy::LoudestTrack, Some(-20.0))).unwrap();
    let apart: Vec<usize> = (0..songs.len())
        .filter(|song| album.coherence.songs[*song].outliers.iter().any(|one| one.what == "treble"))
        .collect();
    assert_eq!(apart, [5, 6]);
}

#[test]
fn lead_vocals_are_an_anchor() {
    let folder = tempfile::tempdir().unwrap();
    let songs = measured(folder.path(), &[-20.0, -26.0, -32.0].map(crate::album::tone));
    // The vocal of the first song lies 6 LU under it, that of the second 2 LU; the third song has none.
    let vocals = vec![SongSetting { song: 0, value: -26.0 }, SongSetting { song: 1, value: -28.0 }];
    let sung = Options { vocals, ..options(AlbumPolicy::Anchor, Some(-18.0)) };
    let album = plan_album(&songs, &sung).unwrap();
    let results: Vec<f64> = album.tracks.iter().map(|track| track.result_lufs.unwrap()).collect();
    // Equal vocals put the second song 4 LU under the first; the instrumental lies between.
    let expected = [-18.0, -22.0, -20.0];
    let near = results.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.03);
    assert!(near, "{results:?} instead of {expected:?}");
    let vocal = |song: usize| album.tracks[song].vocal_lufs.unwrap() + album.tracks[song].gain_db;
    assert!((vocal(0) - vocal(1)).abs() < 0.02);
}

#[test]
fn sides_of_a_plan_have_lengths_limits_and_no_gap_at_their_end() {
    let folder = tempfile::tempdir().unwrap();
    let blocks: Vec<Block> = (0..4)
        .map(|i| join(&[silence(0.1, 44_100, 2), sine(500.0, -20.0 - f64::from(i), 6.0, 44_100, 2)]))
        .collect();
    let songs = measured(folder.path(), &blocks);
    let small = Medium { longest_s: 14.5, ..medium("vinyl-7").unwrap() };
    let laid =
        Options { sides: Some(small), gap_s: Some(3.0), ..options(AlbumPolicy::LoudestTrack, Some(-20.0)) };
    let album = plan_album(&songs, &laid).unwrap();
    let sides = album.sides.as_ref().unwrap();
    assert_eq!(sides.sides.iter().map(|side| side.songs).collect::<Vec<_>>(), [2, 2]);
    assert!(sides.sides.iter().all(|side| (side.length_s - 15.2).abs() < 0.01), "{sides:?}");
    let gaps: Vec<f64> = album.tracks.iter().map(|track| track.gap_after_s).collect();
    assert_eq!(gaps, [3.0, 0.0, 3.0, 0.0], "a side ends where it ends");
    let long = album.findings.iter().filter(|finding| finding.code == "ALB015").count();
    assert_eq!(long, 2, "{:?}", album.findings);
    assert!(medium("vinyl-13").unwrap_err().to_string().contains("vinyl-1"));
}
