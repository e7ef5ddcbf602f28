//! What is worth knowing about a record: the family ALB.

use super::coherence::{apart, is_moved};
use super::{Song, cue, on_sides};
use crate::model::{Album, AlbumTrack, DISC_RATE_HZ, Finding, Fix, HeadroomChoice, OrderSource, Severity};
use crate::units::{Quantity, Unit, clock};

/// A kind of finding on records: its names and what it means.
pub struct FindingKind {
    /// Stable code.
    pub code: &'static str,
    /// Stable name.
    pub name: &'static str,
    /// The worst that it reports.
    pub severity: Severity,
    /// What it measures, why it matters, what to do.
    pub documentation: &'static str,
}

macro_rules! kinds {
    ($($constant:ident = $code:literal $name:literal $severity:ident: $documentation:literal;)+) => {
        $(pub(super) static $constant: FindingKind = FindingKind {
            code: $code,
            name: $name,
            severity: Severity::$severity,
            documentation: $documentation,
        };)+
        /// All kinds, in the order of their codes.
        pub static FINDINGS: &[&FindingKind] = &[$(&$constant),+];
    };
}

kinds! {
    CRUSHED = "ALB001" "song-beyond-limiting-bound" Warn:
        "At the gain that the policy wants, the song's limiter would have to work harder than the bound (--max-reduction-db). A song that is limited much more than its neighbours sounds smaller beside them, however equal the loudness reads. The song is held at the bound, or the whole record is lowered with --headroom record; a quieter target, another policy or an earlier mix with tamer peaks avoid the choice.";
    SILENT = "ALB002" "silent-song" Fail:
        "No block of the song is above the absolute gate of BS.1770-5, so it has no loudness, no gain and no part in the record's loudness. Usually a wrong export. Replace the file, or leave it out.";
    DUPLICATE = "ALB003" "duplicate-song" Warn:
        "Two inputs decode to the same samples. Usually a copy under another name. Leave one out.";
    MIXED_FORMAT = "ALB004" "mixed-formats" Info:
        "The songs differ in sample rate or channel count. Each is kept as it is unless the delivery needs one: a disc has 44.1 kHz, --rate gives all songs one rate, and one continuous file needs one rate and channel count.";
    ALONE = "ALB005" "single-song" Info:
        "A record of one song has no order and no joints: master does the same with a report on the song.";
    RED_BOOK = "ALB006" "red-book-limit" Warn:
        "A disc (Red Book, IEC 60908) holds 99 tracks of at least 4 s and 79:57:74 in all, at 44.1 kHz, 16 bit, stereo. Only discs are bound by it: files are not.";
    OUT_OF_LINE = "ALB007" "song-out-of-line" Info:
        "The song's loudness with its gain is far from the median of the record. That may be meant: a prelude is quiet. If not, another policy (per-track, loud-sections) or a declared offset brings it into line.";
    SMOOTHER_ORDER = "ALB008" "smoother-order-found" Info:
        "Another order costs clearly less at its joints than the one that is used. It is a suggestion from loudness, tempo, key, tone and energy; what the songs say is not known to it. --order suggest uses it.";
    GAIN_RANGE = "ALB009" "gain-out-of-range" Warn:
        "The policy wants more gain than the 24 dB that a processor takes. The song is moved as far as that; export it at an ordinary level, or leave it quiet with the policy loudest-track.";
    GAPLESS_LIMITED = "ALB010" "gapless-joint-limited" Warn:
        "Two songs are one stream, and a limiter works on one of them. Each file is limited by itself, so the level may step at the joint. Lower the target, or master the stream as one file and cut it afterwards.";
    OVER_CEILING = "ALB011" "image-over-ceiling" Fail:
        "Two songs add up in a crossfade of the continuous file to more than the ceiling allows. Shorten the crossfade, choose another place, or lower the target.";
    MISSED = "ALB012" "level-missed" Warn:
        "A written song measures otherwise than planned: limiting cost loudness, or the bound held it. Its true peak is kept in any case. Allow more limiting, or lower the target.";
    STREAM_STEPS = "ALB013" "gapless-joint-steps" Warn:
        "Two songs are one stream, and the plan moves them by different gains or moves only one of them: the sound steps at the joint. Give both the same gain and the same moves.";
    APART = "ALB014" "song-apart-in-tone" Info:
        "At equal loudness, the song's spectrum, width or dynamics stand apart from the median of the record by more than 3 dB (width 5 dB, dynamics 4 LU) and more than 3.7 times the middle distance of the songs; at most a third of the songs, the farthest, are named in one measure, as more of them have no common middle. That may be the song; if it is not, the plan holds bounded moves towards the median, applied with --coherence or by setting them to automatic in the plan.";
    SIDE_LONG = "ALB015" "side-too-long" Warn:
        "A side is longer than the medium is recommended for. A longer vinyl side has to be cut quieter, with a smaller groove; a tape runs out. Move a song to another side, leave one out, or choose a larger medium.";
    SIDE_HOT = "ALB016" "side-too-hot" Warn:
        "Music hotter than -10 dBFS RMS may have to be cut again at a lower level (cutting houses' figure). A vinyl pre-master gains nothing from loudness: choose the delivery vinyl or a lower target for it.";
    HARSH_INSIDE = "ALB017" "harsh-song-inside" Info:
        "The loudest and brightest song of a side lies at its end, where the groove is short and about 3 dB of 15 kHz are lost. --order suggest with --sides moves loud and bright songs outwards.";
}

/// The documentation of a kind, by code or name.
pub fn explain(code_or_name: &str) -> Option<String> {
    let word = code_or_name.trim();
    let called =
        |kind: &&&FindingKind| kind.code.eq_ignore_ascii_case(word) || kind.name.eq_ignore_ascii_case(word);
    let kind = FINDINGS.iter().find(called)?;
    Some(format!("# {} {}\n\n{}\n", kind.code, kind.name, kind.documentation))
}

/// How far a song may be from the record's median before it is mentioned, and before it is a warning's worth.
const OUT_OF_LINE_LU: f64 = 6.0;

/// A suggestion is mentioned where it saves this share of the cost.
const WORTH_SHARE: f64 = 0.1;

pub(super) fn finding(
    kind: &FindingKind,
    severity: Severity,
    subject: &str,
    message: String,
    advice: String,
) -> Finding {
    Finding {
        code: kind.code.to_string(),
        name: kind.name.to_string(),
        severity: severity.min(kind.severity),
        subject: subject.to_string(),
        message,
        measured: None,
        expected: None,
        at: Vec::new(),
        fix: if severity == Severity::Info { Fix::None } else { Fix::Master },
        advice,
        confidence: 0.9,
    }
}

/// All findings of a plan.
pub(super) fn findings(album: &Album, songs: &[Song]) -> Vec<Finding> {
    let mut list = Vec::new();
    headroom(album, &mut list);
    for track in album.tracks.iter().filter(|track| track.integrated_lufs.is_none()) {
        let message = "has no loudness: there is nothing to hear in it".to_string();
        let advice = "replace the file or leave it out".to_string();
        list.push(finding(&SILENT, Severity::Fail, &track.title, message, advice));
    }
    duplicates(album, &mut list);
    formats(album, &mut list);
    if album.tracks.len() == 1 {
        let message = "is the only song: there is no order and no joint".to_string();
        list.push(finding(&ALONE, Severity::Info, &album.tracks[0].title, message, String::new()));
    }
    red_book(album, &mut list);
    out_of_line(album, &mut list);
    smoother(album, &mut list);
    on_sides::findings(album, songs, &mut list);
    for (song, words) in apart(album) {
        let track = &album.tracks[song];
        let proposed = !track.moves.is_empty() && !is_moved(track);
        let advice = if proposed {
            "if that is not meant: --coherence, or set its moves to automatic in the plan"
        } else {
            "listen to it between its neighbours"
        };
        let message = format!("stands apart from the record: {words}");
        list.push(finding(&APART, Severity::Info, &track.title, message, advice.to_string()));
    }
    for joint in album.joints.iter().filter(|joint| joint.gapless) {
        let [from, to] = [joint.from, joint.to].map(|song| &album.tracks[song]);
        if from.gain_db != to.gain_db || from.moves != to.moves {
            let message = format!(
                "runs on into \"{}\", but they are moved differently ({:+.2} and {:+.2} dB)",
                to.title, from.gain_db, to.gain_db
            );
            let advice = "give both the same gain and the same moves".to_string();
            list.push(finding(&STREAM_STEPS, Severity::Warn, &from.title, message, advice));
        }
    }
    for joint in album.joints.iter().filter(|joint| joint.gapless) {
        let limited = [joint.from, joint.to].into_iter().find(|song| album.tracks[*song].limiting_db > 0.05);
        if let Some(song) = limited {
            let track = &album.tracks[song];
            let message = format!("runs on without a gap, and needs {:.1} dB of limiting", track.limiting_db);
            let advice = "listen to the joint; a lower target leaves it untouched".to_string();
            list.push(finding(&GAPLESS_LIMITED, Severity::Warn, &track.title, message, advice));
        }
    }
    list
}

fn headroom(album: &Album, list: &mut Vec<Finding>) {
    let headroom = &album.headroom;
    let (bound_db, lower_db) = (headroom.max_reduction_db, headroom.lower_record_by_db);
    for song in &headroom.crushed {
        let track = &album.tracks[*song];
        let needed_db =
            track.true_peak_dbtp.map_or(0.0, |dbtp| dbtp + track.wanted_gain_db - album.ceiling_dbtp);
        let message = format!(
            "{:+.1} dB would need {needed_db:.1} dB of limiting, {:.1} dB more than the bound of {bound_db:.1} dB",
            track.wanted_gain_db,
            needed_db - bound_db
        );
        let advice = match headroom.choice {
            HeadroomChoice::HoldSong => format!(
                "held at {:+.1} dB, {:.1} LU below the plan; or lower the whole record by {lower_db:.1} dB (--headroom record) and keep every distance",
                track.gain_db,
                track.wanted_gain_db - track.gain_db
            ),
            HeadroomChoice::LowerRecord => format!(
                "the whole record is lowered by {lower_db:.1} dB for it; or hold this song alone (--headroom song)"
            ),
        };
        let mut crushed = finding(&CRUSHED, Severity::Warn, &track.title, message, advice);
        crushed.measured = Some(Quantity::new(needed_db, Unit::Db));
        crushed.expected = Some(format!("at most {bound_db:.1} dB"));
        list.push(crushed);
    }
    for track in &album.tracks {
        if track.wanted_gain_db > 24.0 && track.gain_db >= 24.0 {
            let message = format!("{:+.1} dB are wanted, +24 dB are possible", track.wanted_gain_db);
            let advice = "export it louder, or leave it as quiet as it is with another policy".to_string();
            list.push(finding(&GAIN_RANGE, Severity::Warn, &track.title, message, advice));
        }
    }
}

fn duplicates(album: &Album, list: &mut Vec<Finding>) {
    for (index, track) in album.tracks.iter().enumerate() {
        let twin = album.tracks[..index].iter().find(|other| other.content_id == track.content_id);
        if let Some(twin) = twin {
            let message = format!("is the same audio as \"{}\"", twin.title);
            let advice = "leave one of them out".to_string();
            list.push(finding(&DUPLICATE, Severity::Warn, &track.title, message, advice));
        }
    }
}

fn formats(album: &Album, list: &mut Vec<Finding>) {
    let format = |track: &AlbumTrack| (track.sample_rate_hz, track.channels);
    let mut formats: Vec<(u32, u16)> = album.tracks.iter().map(format).collect();
    formats.sort_unstable();
    formats.dedup();
    if formats.len() > 1 {
        let words: Vec<String> = formats
            .iter()
            .map(|(rate_hz, channels)| format!("{rate_hz} Hz with {channels} channels"))
            .collect();
        let kept =
            if album.disc { "a disc has 44.1 kHz, so all are written with that" } else { "each is kept" };
        let message = format!("the songs are of several formats ({}); {kept}", words.join(", "));
        let rates = formats.windows(2).all(|pair| pair[0].1 == pair[1].1);
        let advice = match (album.disc, rates) {
            (true, _) => "",
            (false, true) => "--rate writes all of them with one rate, as one continuous file needs",
            (false, false) => "convert them to one format before one continuous file is made",
        };
        list.push(finding(&MIXED_FORMAT, Severity::Info, &album.title, message, advice.to_string()));
    }
}

fn red_book(album: &Album, list: &mut Vec<Finding>) {
    let mut push = |severity, subject: &str, message: String| {
        let advice = if album.disc { "" } else { "only a disc is bound by this" }.to_string();
        list.push(finding(&RED_BOOK, severity, subject, message, advice));
    };
    if album.tracks.len() > cue::MOST_TRACKS {
        let message =
            format!("{} songs; a disc and a CUE sheet hold {}", album.tracks.len(), cue::MOST_TRACKS);
        push(Severity::Warn, &album.title, message);
    }
    for track in album.tracks.iter().filter(|track| track.length_s() < cue::SHORTEST_TRACK_S) {
        let message = format!("is {:.1} s long; a track of a disc has at least 4 s", track.length_s());
        push(Severity::Warn, &track.title, message);
    }
    let ends = album.tracks.iter().map(|track| track.start_s + track.length_s());
    let whole_s = ends.fold(0.0, f64::max);
    if whole_s > cue::LONGEST_DISC_S {
        let message = format!("is {} long; a disc holds 79:57", clock(whole_s, false));
        push(Severity::Info, &album.title, message);
    }
    if !album.disc {
        return;
    }
    for track in album.tracks.iter().filter(|track| track.channels != 2) {
        push(Severity::Warn, &track.title, format!("has {} channels; a disc is stereo", track.channels));
    }
    // Where the rates differ, that has been said.
    let first_hz = album.tracks.first().map_or(DISC_RATE_HZ, |track| track.sample_rate_hz);
    if first_hz != DISC_RATE_HZ && album.tracks.iter().all(|track| track.sample_rate_hz == first_hz) {
        push(Severity::Info, &album.title, format!("all songs are converted from {first_hz} Hz to 44.1 kHz"));
    }
}

fn out_of_line(album: &Album, list: &mut Vec<Finding>) {
    let mut levels: Vec<f64> = album.tracks.iter().filter_map(|track| track.result_lufs).collect();
    if levels.len() < 3 {
        return;
    }
    levels.sort_by(f64::total_cmp);
    let median_lufs = levels[levels.len() / 2];
    for track in album.tracks.iter().filter(|track| track.offset_lu.is_none()) {
        let Some(distance_lu) = track.result_lufs.map(|lufs| lufs - median_lufs) else { continue };
        if distance_lu.abs() >= OUT_OF_LINE_LU {
            let side = if distance_lu < 0.0 { "quieter" } else { "louder" };
            let message = format!(
                "{:.1} LU {side} than the median of the record ({median_lufs:.1} LUFS)",
                distance_lu.abs()
            );
            let advice = "if that is not meant: --policy loud-sections or per-track, or --offset".to_string();
            let mut found = finding(&OUT_OF_LINE, Severity::Info, &track.title, message, advice);
            found.measured = Some(Quantity::new(distance_lu, Unit::Lu));
            list.push(found);
        }
    }
}

fn smoother(album: &Album, list: &mut Vec<Finding>) {
    let suggestion = &album.suggestion;
    let saved = album.order_cost - suggestion.cost;
    if album.order_from == OrderSource::Keep && saved > WORTH_SHARE * album.order_cost {
        let message = format!(
            "another order costs {:.2} at its joints instead of {:.2} (random orders: {:.2})",
            suggestion.cost, album.order_cost, suggestion.random_mean_cost
        );
        let advice = "listen to it with --order suggest; nothing is reordered unasked".to_string();
        list.push(finding(&SMOOTHER_ORDER, Severity::Info, &album.title, message, advice));
    }
}

/// How far a written song may be from its planned loudness.
const TOLERANCE_LU: f64 = 0.1;

/// What the written files add to the findings: songs that missed their level, and an image over the ceiling.
pub fn after_rendering(album: &Album, planned_lufs: &[Option<f64>], image_dbtp: Option<f64>) -> Vec<Finding> {
    let mut list = Vec::new();
    for (track, planned_lufs) in album.tracks.iter().zip(planned_lufs) {
        let Some((planned_lufs, written_lufs)) = planned_lufs.zip(track.result_lufs) else { continue };
        if (written_lufs - planned_lufs).abs() > TOLERANCE_LU {
            let message =
                format!("measures {written_lufs:.1} LUFS as written, {planned_lufs:.1} LUFS were planned");
            let advice = format!(
                "limiting of {:.1} dB cost the difference; lower the target or accept it",
                track.limiting_db
            );
            let mut missed = finding(&MISSED, Severity::Warn, &track.title, message, advice);
            missed.measured = Some(Quantity::new(written_lufs, Unit::Lufs));
            list.push(missed);
        }
    }
    if let Some(over) = image_dbtp.filter(|dbtp| *dbtp > album.ceiling_dbtp) {
        let message = format!(
            "the continuous file reaches {over:.1} dBTP, the ceiling is {:.1} dBTP",
            album.ceiling_dbtp
        );
        let advice = "shorten the crossfades or lower the target".to_string();
        let mut found = finding(&OVER_CEILING, Severity::Fail, &album.title, message, advice);
        found.measured = Some(Quantity::new(over, Unit::Dbtp));
        list.push(found);
    }
    list
}
