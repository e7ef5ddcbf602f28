//! The gain that a policy wants for every song.

use super::options::setting;
use super::{Options, Song, record_lufs};
use crate::dsp::stats::median;
use crate::model::AlbumPolicy;

/// Times that the pooled level is corrected: only blocks that a gain carries over the absolute gate of −70 LUFS make
/// a second time necessary.
const CORRECTIONS: usize = 3;

/// Gains by policy, 0 for songs without loudness. Songs of one stream (`flows`: song i runs on into song i + 1) get
/// one gain, the lowest of theirs.
pub(super) fn wanted_gains_db(songs: &[Song], options: &Options, flows: &[bool]) -> Vec<f64> {
    let levels = Levels { songs, options };
    let mut gains_db = levels.distances_db();
    together(&mut gains_db, flows);
    // A silent song has no level: it neither counts nor moves.
    levels.normalise(&mut gains_db);
    for (gain_db, song) in gains_db.iter_mut().zip(songs) {
        if song.analysis.loudness.integrated_lufs.is_none() {
            *gain_db = 0.0;
        }
    }
    gains_db
}

/// One gain, the lowest, for all songs of a stream.
pub(super) fn together(gains_db: &mut [f64], flows: &[bool]) {
    let mut start = 0;
    while start < gains_db.len() {
        let more = flows[start.min(flows.len())..].iter().take_while(|flows_on| **flows_on).count();
        let group = &mut gains_db[start..=start + more];
        let lowest_db = group.iter().copied().fold(f64::INFINITY, f64::min);
        group.fill(lowest_db);
        start += more + 1;
    }
}

struct Levels<'a> {
    songs: &'a [Song<'a>],
    options: &'a Options,
}

impl Levels<'_> {
    fn lufs(&self, song: usize) -> Option<f64> {
        self.songs[song].analysis.loudness.integrated_lufs
    }

    fn declared(&self, song: usize) -> Option<f64> {
        setting(&self.options.offsets, song)
    }

    /// Gains that put the songs at the right distances from each other; the common level comes later.
    fn distances_db(&self) -> Vec<f64> {
        let songs = 0..self.songs.len();
        if self.by_vocals() {
            return self.vocal_distances_db();
        }
        match self.options.policy {
            AlbumPolicy::PerTrack => {
                songs.map(|i| self.declared(i).unwrap_or(0.0) - self.lufs(i).unwrap_or(0.0)).collect()
            }
            AlbumPolicy::LoudSections => songs
                .map(|i| {
                    let loudness = &self.songs[i].analysis.loudness;
                    // Too short for a short-term value: the momentary maximum, then the whole.
                    let loud = loudness.short_term_max_lufs.or(loudness.momentary_max_lufs);
                    self.declared(i).unwrap_or(0.0) - loud.or(self.lufs(i)).unwrap_or(0.0)
                })
                .collect(),
            AlbumPolicy::LoudestTrack | AlbumPolicy::AlbumIntegrated | AlbumPolicy::Anchor => {
                let reference_lufs = self.reference_lufs();
                let placed = |i| Some(reference_lufs? + self.declared(i)? - self.lufs(i)?);
                songs.map(|i| placed(i).unwrap_or(0.0)).collect()
            }
        }
    }

    /// Whether lead vocals are the anchor.
    fn by_vocals(&self) -> bool {
        self.options.policy == AlbumPolicy::Anchor && self.options.anchor.is_none()
    }

    /// All lead vocals equally loud; songs without one as loud as the middle one of the others.
    fn vocal_distances_db(&self) -> Vec<f64> {
        let songs = 0..self.songs.len();
        let sung = |i: usize| Some(self.declared(i).unwrap_or(0.0) - setting(&self.options.vocals, i)?);
        let mut levels_lufs: Vec<f64> =
            songs.clone().filter_map(|i| Some(self.lufs(i)? + sung(i)?)).collect();
        let middle_lufs = median(&mut levels_lufs).unwrap_or(0.0);
        let unsung = |i: usize| middle_lufs + self.declared(i).unwrap_or(0.0) - self.lufs(i).unwrap_or(0.0);
        songs.map(|i| sung(i).unwrap_or_else(|| unsung(i))).collect()
    }

    /// The level, as delivered, that declared offsets are counted from: that of the songs without one.
    fn reference_lufs(&self) -> Option<f64> {
        let free = |i: &usize| self.declared(*i).is_none();
        let anyone_free = (0..self.songs.len()).any(|i| free(&i) && self.lufs(i).is_some());
        let counted: Vec<usize> = (0..self.songs.len()).filter(|i| free(i) || !anyone_free).collect();
        match self.options.policy {
            AlbumPolicy::AlbumIntegrated => {
                let songs: Vec<Song> = counted.iter().map(|i| self.songs[*i]).collect();
                record_lufs(&songs, &vec![0.0; songs.len()])
            }
            AlbumPolicy::Anchor => self.options.anchor.and_then(|anchor| self.lufs(anchor)),
            _ => counted.into_iter().filter_map(|i| self.lufs(i)).reduce(f64::max),
        }
    }

    /// Moves all songs together, so that the policy's level is at the target.
    fn normalise(&self, gains_db: &mut [f64]) {
        for _ in 0..CORRECTIONS {
            let Some(level_lufs) = self.policy_level_lufs(gains_db) else { return };
            let target_lufs =
                self.options.target_lufs.or_else(|| self.loudest_lufs(&vec![0.0; gains_db.len()]));
            let Some(target_lufs) = target_lufs else { return };
            gains_db.iter_mut().for_each(|gain_db| *gain_db += target_lufs - level_lufs);
        }
    }

    /// What has to be at the target, with these gains.
    fn policy_level_lufs(&self, gains_db: &[f64]) -> Option<f64> {
        match self.options.policy {
            AlbumPolicy::LoudestTrack | AlbumPolicy::LoudSections => self.loudest_lufs(gains_db),
            AlbumPolicy::AlbumIntegrated => record_lufs(self.songs, gains_db),
            AlbumPolicy::Anchor if self.by_vocals() => self.loudest_lufs(gains_db),
            AlbumPolicy::Anchor => {
                let anchor = self.options.anchor?;
                Some(self.lufs(anchor)? + gains_db[anchor] - self.declared(anchor).unwrap_or(0.0))
            }
            // Any song will do: they are all at their declared distance from one level, but for streams of
            // several songs, of which the loudest is.
            AlbumPolicy::PerTrack => (0..self.songs.len())
                .filter_map(|i| Some(self.lufs(i)? + gains_db[i] - self.declared(i).unwrap_or(0.0)))
                .reduce(f64::max),
        }
    }

    fn loudest_lufs(&self, gains_db: &[f64]) -> Option<f64> {
        (0..self.songs.len()).filter_map(|i| Some(self.lufs(i)? + gains_db[i])).reduce(f64::max)
    }
}
