//! The report: every kind of song, what must never be in a page, and that pictures show the documents' numbers.

use crate::report_song::{Documents, analysis, check_of, full, variants};
use mixproof::model::{DeviceTake, Listening, Loop, Loudness, Take};
use mixproof::report::palette::{INKS, Ink, Rgb, Theme};
use mixproof::report::text::Options;
use mixproof::report::{IndexEntry, html, index, markdown, pngs, text};
use std::path::PathBuf;

/// Pages and pictures are left here to be looked at.
fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/report");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn every_kind_of_song_becomes_a_page() {
    for (kind, documents) in variants() {
        let page = html(&documents.song()).unwrap();
        check_well_formed(kind, &page);
        check_alone(kind, &page);
        check_policy(kind, &page);
        assert!(page.len() < 600_000, "{kind}: {} bytes", page.len());
        std::fs::write(folder().join(format!("{kind}.html")), page).unwrap();
    }
}

#[test]
fn the_verdict_follows_the_documents() {
    let headline = |kind: &str| {
        let documents = variants().into_iter().find(|(name, _)| *name == kind).unwrap().1;
        let page = html(&documents.song()).unwrap();
        between(&page, "<span class=\"headline\">", "</span>").to_string()
    };
    assert!(headline("check-only").starts_with("Not ready for mastering yet: one thing"));
    assert!(headline("plan-only").starts_with("Four moves would bring this song to −14.0"));
    assert!(headline("full").contains("but one problem of the mix remains"));
    assert!(headline("missed").contains("one promise was missed"));
    assert!(headline("clean").starts_with("Nothing to do"));
    assert!(headline("silent").starts_with("There is nothing to hear"));
    assert!(headline("short").starts_with("This mix is fit for mastering"));
}

#[test]
fn charts_show_the_numbers_of_the_documents() {
    let documents = full();
    let page = html(&documents.song()).unwrap();
    let render = documents.render.as_ref().unwrap();
    let series = |chart: &str, name: &str| -> Vec<Option<f64>> {
        let json = between(&page, &format!("id=\"data-{chart}\">"), "</script>");
        let data: serde_json::Value = serde_json::from_str(json).unwrap();
        let all = data["series"].as_array().unwrap();
        let found =
            all.iter().find(|series| series["name"] == name).unwrap_or_else(|| panic!("{chart}: {name}"));
        found["values"].as_array().unwrap().iter().map(serde_json::Value::as_f64).collect()
    };
    let same = |shown: Vec<Option<f64>>, measured: Vec<Option<f64>>| {
        assert_eq!(shown.len(), measured.len());
        for (shown, measured) in shown.iter().zip(&measured) {
            assert_eq!(shown.is_some(), measured.is_some());
            if let Some((shown, measured)) = shown.zip(*measured) {
                assert!((shown - measured).abs() <= 0.00501, "{shown} is not {measured}");
            }
        }
    };
    let wide = |values: &[Option<f32>]| values.iter().map(|value| value.map(f64::from)).collect::<Vec<_>>();
    same(series("loudness", "Short-term before"), wide(&render.before.loudness.short_term_lufs));
    same(series("loudness", "Short-term after"), wide(&render.after.loudness.short_term_lufs));
    same(series("waveform", "After: peak"), wide(&render.after.peaks.true_peak_dbtp_series));
    same(series("spectrum", "After"), render.after.tone.bands.iter().map(|band| band.level_db).collect());
    same(
        series("spectrum", "Pop, middle"),
        documents.profile.tone.bands.iter().map(|b| Some(b.level_db)).collect(),
    );
    let stereo = render.before.stereo.as_ref().unwrap();
    same(
        series("stereo", "Lost in mono, before"),
        stereo.bands.iter().map(|band| band.mono_loss_db).collect(),
    );
    let limiter = render.meters.iter().find(|meter| meter.id == "limiter").unwrap();
    let reduction: Vec<Option<f64>> =
        limiter.gain_reduction_db.iter().map(|gr| Some(f64::from(*gr))).collect();
    same(series("gain-reduction", "Limiter"), reduction);
    let shares: f64 = series("histogram", "After, % of the time").iter().flatten().sum();
    assert!((shares - 100.0).abs() < 0.5, "{shares}");
}

#[test]
fn a_long_song_stays_small() {
    let mut documents = full();
    let mut long = analysis(0.0, None);
    let hour = |values: &[Option<f32>]| values.iter().copied().cycle().take(36000).collect::<Vec<_>>();
    long.source.duration_s = 3600.0;
    long.loudness = Loudness {
        momentary_lufs: hour(&long.loudness.momentary_lufs),
        short_term_lufs: hour(&long.loudness.short_term_lufs),
        ..long.loudness
    };
    long.peaks.true_peak_dbtp_series = hour(&long.peaks.true_peak_dbtp_series);
    (documents.plan, documents.render) = (None, None);
    documents.check = check_of(long, Vec::new());
    let page = html(&documents.song()).unwrap();
    assert!(page.len() < 600_000, "{} bytes", page.len());
}

const HOSTILE: &str = "\"'><img src=x onerror=alert(1)></title></style></script><script>alert(2)</script>\u{202e}evil\u{1b}]0;x\u{7}&amp;";

fn hostile() -> Documents {
    let mut documents = full();
    let name = || format!("{HOSTILE}{}", "long ".repeat(820));
    documents.title = name();
    documents.profile.title = HOSTILE.into();
    documents.profile.provenance.source = HOSTILE.into();
    documents.delivery.title = HOSTILE.into();
    let preview = documents.preview.as_mut().unwrap();
    for platform in &mut preview.platforms {
        (platform.title, platform.source, platform.set_by) = (HOSTILE.into(), name(), Some(name()));
        platform.scope = mixproof::model::NormalisationScope::Album;
    }
    for device in &mut preview.devices {
        (device.title, device.source, device.limits) = (HOSTILE.into(), name(), HOSTILE.into());
    }
    preview.missing_codecs.push(mixproof::model::MissingCodec { codec: HOSTILE.into(), how: name() });
    let mut listening = listening();
    listening.loops[0].title = name();
    listening.loops[0].takes[0].title = HOSTILE.into();
    listening.devices[0].title = HOSTILE.into();
    documents.listening = Some(listening);
    let source = &mut documents.check.analysis.source;
    source.path = name();
    source.tags.insert(HOSTILE.into(), name());
    source.tags.insert("artist".into(), name());
    for finding in &mut documents.check.findings {
        (finding.code, finding.name) = (HOSTILE.into(), HOSTILE.into());
        (finding.message, finding.advice, finding.subject) = (name(), HOSTILE.into(), name());
        finding.expected = Some(HOSTILE.into());
    }
    let render = documents.render.as_mut().unwrap();
    render.before.source = documents.check.analysis.source.clone();
    render.output.path = name();
    for a_move in &mut render.plan.moves {
        (a_move.reason, a_move.predicted_effect, a_move.because) =
            (name(), HOSTILE.into(), vec![HOSTILE.into()]);
    }
    documents
}

/// A loop whose sound is no sound: enough for the page, not for a browser.
fn listening() -> Listening {
    let take = |id: &str| Take {
        id: id.into(),
        title: id.into(),
        gain_db: -1.25,
        loudness_lufs: -12.0,
        device_gains_db: vec![2.5],
        packed: vec![1, 2, 3],
    };
    Listening {
        sample_rate_hz: 44_100,
        packed_as: "audio/ogg".into(),
        quality: "Ogg Vorbis".into(),
        loops: vec![Loop {
            title: "Loudest".into(),
            start_s: 41.0,
            end_s: 47.0,
            common_lufs: -13.25,
            takes: vec![take("before"), take("after")],
        }],
        devices: vec![DeviceTake {
            id: "phone".into(),
            title: "Phone".into(),
            filters: vec![[1.0, 0.0, 0.0, 0.0, 0.0]],
            side_filters: None,
            side_share: 0.0,
        }],
        matched_within_lu: 0.1,
    }
}

#[test]
fn the_player_gets_its_loops_once() {
    let page = html(&Documents { listening: Some(listening()), ..full() }.song()).unwrap();
    check_well_formed("player", &page);
    check_alone("player", &page);
    check_policy("player", &page);
    let data: serde_json::Value =
        serde_json::from_str(between(&page, "id=\"listening\">", "</script>")).unwrap();
    assert_eq!(data["sounds"], serde_json::json!(["AQID"]), "equal sounds are embedded once");
    let take = &data["loops"][0]["takes"][1];
    assert_eq!(
        (take["id"].as_str(), take["gain"].as_f64(), take["on"][0].as_f64()),
        (Some("after"), Some(-1.25), Some(2.5))
    );
    assert_eq!(data["devices"][0]["side"], serde_json::Value::Null);
    // Without sounds there is no player, and no script for it.
    let silent = html(&full().song()).unwrap();
    assert!(!silent.contains("id=\"player\"") && silent.matches("<script>").count() == 1);
}

#[test]
fn what_happens_after_delivery_is_on_the_page() {
    let documents = full();
    let page = html(&documents.song()).unwrap();
    let preview = documents.preview.as_ref().unwrap();
    assert!(preview.platforms.len() >= 8 && preview.devices.len() == 8);
    for platform in &preview.platforms {
        assert!(page.contains(&platform.title), "{}", platform.title);
        let gain = format!("{:.1}", platform.gain_db.abs());
        assert!(page.contains(&gain), "{}: {gain}", platform.title);
    }
    assert!(page.contains("Phone speaker") && page.contains("Checked on 2026"));
}

#[test]
fn an_index_lists_songs_with_links_that_stay_beside_it() {
    let (a, b) = (full(), hostile());
    let entries = [
        IndexEntry { song: a.song(), page: "Harbour Lights.html".into() },
        IndexEntry { song: b.song(), page: "javascript:alert(1)//\"><img>.html".into() },
    ];
    let page = index("Mixes & <masters>", &entries).unwrap();
    check_well_formed("index", &page);
    check_policy("index", &page);
    assert!(page.contains("href=\"./Harbour%20Lights.html\""));
    assert!(page.contains("href=\"./javascript%3Aalert%281%29//%22%3E%3Cimg%3E.html\""));
    assert!(!page.contains("<img") && page.contains("data-value=\"-1"));
    std::fs::write(folder().join("index.html"), page).unwrap();
}

#[test]
fn hostile_names_stay_text() {
    let scripts = |page: &str| page.matches("<script").count();
    let page = html(&hostile().song()).unwrap();
    check_well_formed("hostile", &page);
    check_alone("hostile", &page);
    check_policy("hostile", &page);
    let plain = Documents { listening: Some(listening()), ..full() };
    assert_eq!(scripts(&page), scripts(&html(&plain.song()).unwrap()));
    assert!(!page.contains("<img"));
    let bad = page
        .find(['\u{202e}', '\u{1b}', '\u{7}'])
        .map(|at| page[..at].chars().rev().take(60).collect::<String>());
    assert_eq!(bad.map(|text| text.chars().rev().collect::<String>()), None);
    std::fs::write(folder().join("hostile.html"), page).unwrap();

    let terminal = text::song(&hostile().song(), &Options::default());
    assert!(!terminal.contains(['\u{202e}', '\u{1b}', '\u{7}']));
    let mail = markdown(&hostile().song());
    assert!(!mail.contains("<img") && !mail.contains("<script"));
    assert!(!mail.contains(['\u{202e}', '\u{1b}']));
}

#[test]
fn pictures_decode_at_twice_the_size() {
    let (_, documents) = variants().swap_remove(0);
    let pictures = pngs(&documents.song()).unwrap();
    let names: Vec<&str> = pictures.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[0], "summary.png");
    for name in ["waveform.png", "loudness.png", "spectrum.png", "stereo.png", "gain-reduction.png"] {
        assert!(names.contains(&name), "{name} is missing of {names:?}");
    }
    for (name, bytes) in &pictures {
        let mut reader = png::Decoder::new(bytes.as_slice()).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let expected = if name == "summary.png" { 2160 } else { 1792 };
        assert_eq!(info.width, expected, "{name}");
        let paper = [pixels[0], pixels[1], pixels[2]];
        let drawn = pixels.chunks_exact(3).filter(|pixel| **pixel != paper).count();
        assert!(drawn * 100 > pixels.len() / 3, "{name} is nearly empty");
        std::fs::write(folder().join(name), bytes).unwrap();
    }
}

#[test]
fn silent_and_short_songs_become_pictures() {
    for (kind, documents) in variants() {
        if matches!(kind, "silent" | "short") {
            assert!(!pngs(&documents.song()).unwrap().is_empty(), "{kind}");
        }
    }
}

#[test]
fn text_is_plain_unless_asked() {
    for (kind, documents) in variants() {
        let song = documents.song();
        let plain = text::song(&song, &Options::default());
        assert!(!plain.contains('\u{1b}'), "{kind}");
        let wide: Vec<&str> = plain.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{kind}: {wide:?}");
        let ascii = text::song(&song, &Options { ascii: true, ..Options::default() });
        assert!(ascii.is_ascii(), "{kind}");
        let color = text::song(&song, &Options { color: true, ..Options::default() });
        assert!(color.contains("\u{1b}["), "{kind}");
        let stripped: String =
            color.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect();
        assert_eq!(stripped.len(), plain.len(), "{kind}: colours change the text");
        std::fs::write(folder().join(format!("{kind}.txt")), plain).unwrap();
        std::fs::write(folder().join(format!("{kind}.md")), markdown(&song)).unwrap();
    }
    let documents = full();
    let check = text::check(&documents.check, &documents.profile, &documents.delivery, &Options::default());
    assert!(check.contains("PEAK002 clipped-samples, at 1:02.4"), "{check}");
    assert!(check.contains("Integrated loudness") && check.contains("−18.4 LUFS"), "{check}");
}

/// Relative luminance and contrast as WCAG 2.1 defines them.
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let luminance = |(red, green, blue): Rgb| {
        let linear = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.03928 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn colours_have_the_contrast_that_reading_needs() {
    let text = [
        Ink::Text,
        Ink::Muted,
        Ink::Mix,
        Ink::Master,
        Ink::Target,
        Ink::Fail,
        Ink::Warn,
        Ink::Info,
        Ink::Good,
    ];
    for theme in [Theme::Light, Theme::Dark] {
        for paper in [Ink::Paper, Ink::Panel, Ink::Loud] {
            for ink in text {
                let ratio = contrast(ink.rgb(theme), paper.rgb(theme));
                assert!(ratio >= 4.5, "{ink:?} on {paper:?}, {theme:?}: {ratio:.2}");
            }
        }
        for ink in [Ink::Axis, Ink::Median] {
            let ratio = contrast(ink.rgb(theme), Ink::Paper.rgb(theme));
            assert!(ratio >= 3.0, "{ink:?}, {theme:?}: {ratio:.2}");
        }
        for ink in [Ink::Mix, Ink::Master] {
            let ratio = contrast(ink.rgb(theme), Ink::Band.rgb(theme));
            assert!(ratio >= 3.0, "{ink:?} on the span, {theme:?}: {ratio:.2}");
        }
    }
    for (index, colour) in INKS.iter().enumerate() {
        assert_eq!(colour.ink as usize, index, "{} is out of order", colour.name);
    }
}

pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from}")) + from.len();
    &text[start..start + text[start..].find(to).unwrap()]
}

/// Tags nest, attributes occur once, ids are unique, references have their target.
pub fn check_well_formed(kind: &str, page: &str) {
    const VOID: [&str; 5] = ["meta", "br", "link", "img", "input"];
    assert!(page.starts_with("<!DOCTYPE html>"), "{kind}");
    let mut open: Vec<&str> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    let mut references: Vec<&str> = Vec::new();
    let mut rest = &page["<!DOCTYPE html>".len()..];
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let (tag, after) = rest.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{kind}: </{name}>");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        let mut names: Vec<&str> = Vec::new();
        let mut attributes = tag[name.len()..].trim_end_matches('/');
        while let Some((attribute, value)) = attributes.split_once("=\"") {
            let (value, next) = value.split_once('"').unwrap();
            let attribute = attribute.trim().rsplit(' ').next().unwrap();
            assert!(!names.contains(&attribute), "{kind}: {attribute} twice in <{tag}>");
            names.push(attribute);
            match attribute {
                "id" => ids.push(value),
                "aria-labelledby" | "aria-describedby" => references.extend(value.split(' ')),
                "href" if value.starts_with("data:image/png;base64,") || value.starts_with("./") => {}
                "href" => references.push(value.strip_prefix('#').unwrap_or(value)),
                _ => assert!(!attribute.starts_with("on") && attribute != "src", "{kind}: <{tag}>"),
            }
            attributes = next;
        }
        if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name);
        }
        if matches!(name, "script" | "style") {
            let end = rest.find(&format!("</{name}>")).unwrap();
            rest = &rest[end..];
        }
    }
    assert!(open.is_empty(), "{kind}: {open:?} left open");
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{kind}: an id occurs twice");
    for reference in references {
        assert!(ids.binary_search(&reference).is_ok(), "{kind}: nothing has the id {reference}");
    }
    let pictures = page.matches("<svg").count();
    let named = page.matches("role=\"img\"").count() + page.matches("aria-hidden=\"true\">").count();
    assert!(named >= pictures, "{kind}: a picture without a name");
}

/// Nothing is fetched: no source, no link but within the page, no URL in the style that is not data.
pub fn check_alone(kind: &str, page: &str) {
    let here = |link: &str| link.starts_with('#') || link.starts_with("data:image/png;base64,");
    assert!(page.match_indices("href=\"").all(|(at, _)| here(&page[at + 6..])), "{kind}");
    let style = between(page, "<style>", "</style>");
    assert!(style.match_indices("url(").all(|(at, _)| style[at + 4..].starts_with("data:")), "{kind}");
    assert!(!style.contains("@import"), "{kind}");
}

/// The policy forbids everything, and the one script is the one that it allows.
pub fn check_policy(kind: &str, page: &str) {
    let policy = between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert!(
        policy.starts_with("default-src 'none';") || policy.starts_with("default-src &#39;none"),
        "{kind}: {policy}"
    );
    let mut scripts = 0;
    for (at, tag) in page.match_indices("<script>") {
        let script = between(&page[at..], tag, "</script>");
        // The first one is for reading, the second one plays: each small enough to be read by whoever opens the page.
        assert!(script.len() <= 12_000, "{} bytes", script.len());
        let hash = base64(&sha256(script.as_bytes()));
        assert!(policy.contains(&format!("sha256-{hash}")), "{kind}: the script has the hash {hash}");
        scripts += 1;
    }
    assert_eq!(scripts, policy.matches("sha256-").count(), "{kind}");
    assert!(
        !policy.contains("unsafe-eval") && policy.contains("connect-src &#39;none")
            || policy.contains("connect-src 'none'"),
        "{kind}"
    );
}

/// FIPS 180-4, the second implementation that the constant is checked with.
fn sha256(message: &[u8]) -> [u8; 32] {
    let primes = (2u64..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0)).take(64);
    let primes: Vec<u64> = primes.collect();
    // First 32 bits of the fraction of a root, by integer arithmetic.
    let fraction = |n: u64, power: u32| -> u32 {
        let target = u128::from(n) << (32 * power);
        let (mut low, mut high) = (0u128, 1u128 << 40);
        while high - low > 1 {
            let middle = (low + high) / 2;
            if middle.pow(power) <= target { low = middle } else { high = middle }
        }
        low as u32
    };
    let constants: Vec<u32> = primes.iter().map(|p| fraction(*p, 3)).collect();
    let mut state: Vec<u32> = primes[..8].iter().map(|p| fraction(*p, 2)).collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    // Room for the length, eight bytes, in the last block.
    padded.resize((padded.len() + 8).next_multiple_of(64), 0);
    let length = padded.len();
    padded[length - 8..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut w: Vec<u32> =
            block.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect();
        for i in 16..64 {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let mut v = state.clone();
        for i in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let t1 = v[7].wrapping_add(s1).wrapping_add(choice).wrapping_add(constants[i]).wrapping_add(w[i]);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(t1);
            v[0] = t1.wrapping_add(s0).wrapping_add(majority);
        }
        state.iter_mut().zip(v).for_each(|(state, v)| *state = state.wrapping_add(v));
    }
    let mut digest = [0; 32];
    digest
        .chunks_exact_mut(4)
        .zip(state)
        .for_each(|(bytes, word)| bytes.copy_from_slice(&word.to_be_bytes()));
    digest
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digits = bits.as_bytes().chunks(6).map(|six| {
        let text = format!("{:0<6}", std::str::from_utf8(six).unwrap());
        char::from(ALPHABET[usize::from_str_radix(&text, 2).unwrap()])
    });
    let text: String = digits.collect();
    format!("{text:=<width$}", width = text.len().next_multiple_of(4))
}

#[test]
fn sha256_of_the_standards_example() {
    let hex: String = sha256(b"abc").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
