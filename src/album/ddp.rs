//! A DDP 2.00 file set for pressing plants, and its reader. Experimental: the specification is not open, so the fields are
//! those that public writers and readers agree on (standards 8.4), and no plant has confirmed them.
//!
//! Every descriptor is ASCII in fixed columns, padded with spaces. Times count from the start of the image, which begins
//! with the two seconds of silence before the first track.

use super::pq::{FIRST_PAUSE, clock, positions};
use crate::model::Album;

/// Name of the raw image in the set.
pub const IMAGE_NAME: &str = "IMAGE.DAT";

/// Name of the descriptor of tracks and indices.
const PQ_NAME: &str = "PQDESCR";

/// Lengths of the packets.
const PACKET: usize = 128;
const PQ_PACKET: usize = 64;

/// A packet in the making.
struct Fields(Vec<u8>);

impl Fields {
    fn new(length: usize) -> Fields {
        Fields(vec![b' '; length])
    }

    /// Text at a column, cut at the width of the field; what is not ASCII becomes a question mark.
    fn put(mut self, at: usize, width: usize, text: &str) -> Fields {
        let ascii = text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c as u8 } else { b'?' });
        for (place, byte) in self.0[at..at + width].iter_mut().zip(ascii) {
            *place = byte;
        }
        self
    }
}

/// Sectors of the whole image: the first pause and the programme, rounded up.
pub fn image_sectors(album: &Album) -> u64 {
    FIRST_PAUSE + positions(album).last().map_or(0, |last| last.end)
}

/// The descriptors of a set: name and bytes. The image itself is written elsewhere, as raw 16-bit stereo of
/// [`image_sectors`] sectors.
pub fn ddp_descriptors(album: &Album) -> Vec<(&'static str, Vec<u8>)> {
    let pq = pq_descriptor(album);
    let map = map_stream(album, pq.len());
    let id = Fields::new(PACKET)
        .put(0, 8, "DDP 2.00")
        .put(8, 13, album.upc.as_deref().unwrap_or(""))
        .put(29, 8, &format!("{:08}", map.len()))
        .put(37, 1, "1")
        .put(38, 48, &album.title)
        .put(87, 2, "CD")
        .put(89, 1, "1")
        .put(90, 1, "0")
        .put(91, 1, "1")
        .put(92, 1, "0");
    vec![("DDPID", id.0), ("DDPMS", map), (PQ_NAME, pq)]
}

/// The map: where the subcode and the audio lie.
fn map_stream(album: &Album, pq_bytes: usize) -> Vec<u8> {
    let packet = |kind: &str, length: usize, subcode: &str, file: &str| {
        Fields::new(PACKET)
            .put(0, 4, "VVVM")
            .put(4, 2, kind)
            .put(14, 8, &format!("{length:08}"))
            .put(30, 8, subcode)
            .put(71, 3, "017")
            .put(74, 17, file)
    };
    let subcode = packet("S0", pq_bytes, "PQ DESCR", PQ_NAME);
    let audio = packet("D0", image_sectors(album) as usize, "", IMAGE_NAME)
        .put(38, 2, "DA")
        .put(40, 1, "0")
        .put(41, 1, "0")
        .put(46, 4, &format!("{FIRST_PAUSE:04}"));
    [subcode.0, audio.0].concat()
}

/// Tracks and indices, from lead-in to lead-out (twice).
fn pq_descriptor(album: &Album) -> Vec<u8> {
    let packet = |track: &str, index: &str, sectors: u64| {
        let digits = clock(sectors).replace(':', "");
        Fields::new(PQ_PACKET)
            .put(0, 4, "VVVS")
            .put(4, 2, track)
            .put(6, 2, index)
            .put(10, 6, &digits)
            .put(16, 1, "0")
            .put(17, 1, "1")
    };
    let mut packets = vec![packet("00", "00", 0).put(32, 13, album.upc.as_deref().unwrap_or(""))];
    for (place, position) in positions(album).into_iter().enumerate() {
        let number = format!("{:02}", place + 1);
        let isrc = album.tracks[album.order[place]].isrc.as_deref().unwrap_or("");
        // The first pause belongs to the image.
        let pause = if place == 0 { 0 } else { position.pause + FIRST_PAUSE };
        let start = position.start + FIRST_PAUSE;
        if pause < start {
            packets.push(packet(&number, "00", pause).put(20, 12, isrc));
            packets.push(packet(&number, "01", start));
        } else {
            packets.push(packet(&number, "01", start).put(20, 12, isrc));
        }
    }
    let end = image_sectors(album);
    packets.extend([packet("AA", "01", end), packet("AA", "01", end)]);
    packets.into_iter().flat_map(|packet| packet.0).collect()
}

/// A disc as its descriptors tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DdpDisc {
    /// EAN of the disc.
    pub upc: Option<String>,
    /// Its master ID.
    pub title: String,
    /// Name of the image.
    pub image: String,
    /// Length of the image.
    pub sectors: u64,
    /// The tracks.
    pub tracks: Vec<DdpTrack>,
}

/// One track of a disc; times in sectors from the start of the image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DdpTrack {
    /// Start of the pause before it.
    pub pause: Option<u64>,
    /// Index 01.
    pub start: u64,
    /// Its ISRC.
    pub isrc: Option<String>,
}

/// Reads a set's descriptors by name, as strictly as they are written.
///
/// # Errors
/// What is wrong, in words.
pub fn read_ddp(files: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<DdpDisc, String> {
    let file = |name: &str| files(name).ok_or_else(|| format!("{name} is missing"));
    let (id, map) = (file("DDPID")?, file("DDPMS")?);
    if id.len() != PACKET || !id.starts_with(b"DDP 2.00") {
        return Err("DDPID: expected 128 bytes that start with \"DDP 2.00\"".to_string());
    }
    if map.is_empty() || !map.len().is_multiple_of(PACKET) {
        return Err(format!("DDPMS: expected packets of 128 bytes, found {} bytes", map.len()));
    }
    let mut disc = DdpDisc { upc: some(text(&id, 8, 13)), title: text(&id, 38, 48), ..DdpDisc::default() };
    let mut pq_name = None;
    for packet in map.chunks(PACKET) {
        if !packet.starts_with(b"VVVM") {
            return Err("DDPMS: a packet does not start with VVVM".to_string());
        }
        match text(packet, 4, 2).as_str() {
            "D0" => (disc.image, disc.sectors) = (text(packet, 74, 17), number(packet, 14, 8, "DSL")?),
            "S0" if text(packet, 30, 8) == "PQ DESCR" => {
                let name = text(packet, 74, 17);
                let (found, said) = (file(&name)?.len() as u64, number(packet, 14, 8, "DSL")?);
                if found != said {
                    return Err(format!("{name}: the map says {said} bytes, found {found}"));
                }
                pq_name = Some(name);
            }
            _ => {}
        }
    }
    let pq_name = pq_name.ok_or("DDPMS: no PQ descriptor")?;
    let pq = file(&pq_name)?;
    if disc.sectors == 0 || !pq.len().is_multiple_of(PQ_PACKET) {
        return Err(format!("{pq_name}: expected packets of 64 bytes and an image"));
    }
    read_pq(&mut disc, &pq)?;
    Ok(disc)
}

fn read_pq(disc: &mut DdpDisc, pq: &[u8]) -> Result<(), String> {
    let (mut last, mut lead_out) = (None, Vec::new());
    for packet in pq.chunks(PQ_PACKET) {
        if !packet.starts_with(b"VVVS") {
            return Err("PQ: a packet does not start with VVVS".to_string());
        }
        let (minutes, seconds, frames) =
            (number(packet, 10, 2, "MM")?, number(packet, 12, 2, "SS")?, number(packet, 14, 2, "FF")?);
        if seconds > 59 || frames > 74 {
            return Err(format!("PQ: no such time: {minutes}:{seconds}:{frames}"));
        }
        let at = (minutes * 60 + seconds) * 75 + frames;
        if last.is_some_and(|last| at < last) {
            return Err("PQ: times run backwards".to_string());
        }
        last = Some(at);
        let isrc = some(text(packet, 20, 12));
        match (text(packet, 4, 2).as_str(), text(packet, 6, 2).as_str()) {
            ("00", _) => disc.upc = disc.upc.take().or(some(text(packet, 32, 13))),
            ("AA", _) => lead_out.push(at),
            (_, "00") => disc.tracks.push(DdpTrack { pause: Some(at), start: 0, isrc }),
            (track, "01") => {
                let waiting =
                    disc.tracks.last().is_some_and(|track| track.pause.is_some() && track.start == 0);
                if !waiting {
                    disc.tracks.push(DdpTrack::default());
                }
                if track.parse() != Ok(disc.tracks.len()) {
                    return Err(format!("PQ: expected track {}, found {track}", disc.tracks.len()));
                }
                if let Some(track) = disc.tracks.last_mut() {
                    track.start = at;
                    track.isrc = track.isrc.take().or(isrc);
                }
            }
            _ => {}
        }
    }
    if lead_out != [disc.sectors, disc.sectors] {
        return Err(format!("PQ: expected the lead-out twice at {}, found {lead_out:?}", disc.sectors));
    }
    Ok(())
}

fn text(packet: &[u8], at: usize, width: usize) -> String {
    String::from_utf8_lossy(&packet[at..at + width]).trim_end().to_string()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn number(packet: &[u8], at: usize, width: usize, name: &str) -> Result<u64, String> {
    let field = text(packet, at, width);
    field.trim().parse().map_err(|_| format!("{name}: expected a number, found \"{field}\""))
}
