//! REAPER source text (JSFX): the applied moves as readable code, in their order.

use super::curve::{Filter, filters_of};
use super::{afterwards, applied, left_out, one_line};
use crate::dsp::biquad::{BUTTERWORTH_Q, Coefficients, high_pass, low_pass};
use crate::model::{CompressorSettings, Plan, Processor};
use crate::units::db_to_amplitude;

/// Rates that the equaliser has coefficients for.
const RATES_HZ: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

/// One effect for a stereo track: high-pass and equaliser with this program's own coefficients, compressors (also in
/// bands) and width as they are here, and a limiter that sees samples only, which the text says.
pub fn jsfx(plan: &Plan) -> String {
    let mut parts = Parts::default();
    let is_filter =
        |processor: &Processor| matches!(processor, Processor::Eq { .. } | Processor::HighPass { .. });
    for step in applied(plan) {
        match &step.processor {
            processor if is_filter(processor) => {
                let filters = filters_of(processor);
                let at_rate = |rate: u32| filters.iter().map(|filter| filter.ours(f64::from(rate))).collect();
                parts.filters(&step.id, &at_rate);
            }
            Processor::Gain { gain_db } => parts.gain(*gain_db),
            Processor::Compressor(settings) => parts.compressor(settings),
            Processor::Multiband { crossovers_hz, bands } => parts.multiband(crossovers_hz, bands),
            Processor::Width { side_gain_db, mono_below_hz, balance_db } => {
                parts.width(*side_gain_db, *mono_below_hz, *balance_db);
            }
            Processor::SideEq { bands } => {
                let filters: Vec<Filter> = bands.iter().map(Filter::Band).collect();
                let at_rate = |rate: u32| filters.iter().map(|filter| filter.ours(f64::from(rate))).collect();
                parts.side_filters(&step.id, &at_rate);
            }
            Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms, release_ms, .. } => {
                parts.limiter(*ceiling_dbtp, *gain_db, *lookahead_ms, *release_ms);
            }
            _ => {}
        }
    }
    let carried = |processor: &Processor| {
        is_filter(processor)
            || matches!(
                processor,
                Processor::Gain { .. }
                    | Processor::Compressor(_)
                    | Processor::Multiband { .. }
                    | Processor::Width { .. }
                    | Processor::SideEq { .. }
                    | Processor::Limiter { .. }
            )
    };
    let mut head = format!(
        "desc:mixproof proposal\n// mixproof {}: proposal for {}\n// Put it last on a stereo track that plays the original at its own level.\n",
        env!("CARGO_PKG_VERSION"),
        one_line(&plan.input)
    );
    for line in left_out(plan, carried) {
        head += &format!("// not in here: {}\n", one_line(&line));
    }
    for line in afterwards(plan) {
        head += &format!("// afterwards: {line}\n");
    }
    parts.text(&head)
}

/// The sections of an effect while they grow.
#[derive(Default)]
struct Parts {
    sliders: String,
    init: String,
    sample: String,
    count: usize,
    memory: usize,
    functions: Vec<&'static str>,
}

impl Parts {
    /// A switch for the next stage; its number.
    fn stage(&mut self, name: &str) -> usize {
        self.count += 1;
        let number = self.count;
        self.sliders += &format!("slider{number}:1<0,1,1{{off,on}}>{name}\n");
        number
    }

    fn need(&mut self, function: &'static str) {
        if !self.functions.contains(&function) {
            self.functions.push(function);
        }
    }

    fn gain(&mut self, gain_db: f64) {
        let stage = self.stage(&format!("Gain {gain_db:+.2} dB"));
        self.sample += &format!(
            "\n// gain\nslider{stage} ? (\n  spl0 *= 10 ^ ({gain_db:?} / 20);\n  spl1 *= 10 ^ ({gain_db:?} / 20);\n);\n"
        );
    }

    fn filters(&mut self, name: &str, at_rate: &dyn Fn(u32) -> Vec<Coefficients>) {
        let stage = self.stage(&format!("Filters: {}", one_line(name)));
        self.coefficients(&format!("eq{stage}"), &["l", "r"], at_rate);
        self.sample += &format!("\n// filters\nslider{stage} && known_rate ? (\n");
        for band in 1..=at_rate(RATES_HZ[0]).len() {
            self.sample += &format!(
                "  spl0 = eq{stage}l{band}.biquad(spl0);\n  spl1 = eq{stage}r{band}.biquad(spl1);\n"
            );
        }
        self.sample += ");\n";
    }

    fn side_filters(&mut self, name: &str, at_rate: &dyn Fn(u32) -> Vec<Coefficients>) {
        let stage = self.stage(&format!("Filters of the side: {}", one_line(name)));
        self.coefficients(&format!("eq{stage}"), &["s"], at_rate);
        self.sample += &format!(
            "\n// filters of the side: its change is added, the mid stays\nslider{stage} && known_rate ? (\n  \
             side = (spl0 - spl1) / 2;\n  change = side;\n"
        );
        for band in 1..=at_rate(RATES_HZ[0]).len() {
            self.sample += &format!("  change = eq{stage}s{band}.biquad(change);\n");
        }
        self.sample += "  change -= side;\n  spl0 += change;\n  spl1 -= change;\n);\n";
    }

    /// Coefficients of filters at every rate, for signals that are told apart by a letter.
    fn coefficients(&mut self, name: &str, sides: &[&str], at_rate: &dyn Fn(u32) -> Vec<Coefficients>) {
        self.need(BIQUAD);
        self.init +=
            "\n// Filters: mixproof's own coefficients, which follow the analogue curves up to 16 kHz.\n";
        self.init += "// At other sample rates than these they are off.\nknown_rate = 0;\n";
        for rate in RATES_HZ {
            self.init += &format!("srate == {rate} ? (\n  known_rate = 1;\n");
            for (index, filter) in at_rate(rate).iter().enumerate() {
                let band = index + 1;
                let [b0, b1, b2] = filter.numerator();
                let [a1, a2] = filter.denominator();
                for side in sides {
                    let of = format!("{name}{side}{band}");
                    self.init += &format!(
                        "  {of}.b0 = {b0:.17}; {of}.b1 = {b1:.17}; {of}.b2 = {b2:.17}; {of}.a1 = {a1:.17}; {of}.a2 = {a2:.17};\n"
                    );
                }
            }
            self.init += ");\n";
        }
    }

    fn compressor(&mut self, settings: &CompressorSettings) {
        let stage = self.stage("Compressor");
        self.init += "\n// Compressor: linked channels, envelope of signal and quadrature, soft knee, branching ballistics.\n";
        let gain = self.reduction(&format!("comp{stage}"), settings, ["spl0", "spl1"], None);
        self.sample +=
            &format!("\n// compressor\nslider{stage} ? (\n{gain}  spl0 *= gain;\n  spl1 *= gain;\n);\n");
    }

    /// Settings of a compressor that is called `name`, and the text that finds its `gain` for two signals.
    fn reduction(
        &mut self,
        name: &str,
        settings: &CompressorSettings,
        [left, right]: [&str; 2],
        highest_hz: Option<f64>,
    ) -> String {
        let CompressorSettings { threshold_dbfs, ratio, knee_db, attack_ms, release_ms, makeup_db } =
            settings;
        self.need(QUADRATURE);
        self.init += &format!(
            "{name}_threshold = {threshold_dbfs:?}; // dBFS, peak of a sine\n{name}_slope = 1 - 1 / {ratio:?}; // ratio\n\
             {name}_knee = max({knee_db:?}, 0.001); // dB\n{name}_attack = exp(-1000 / ({attack_ms:?} * srate)); // ms\n\
             {name}_release = exp(-1000 / ({release_ms:?} * srate)); // ms\n{name}_makeup = {makeup_db:?}; // dB\n"
        );
        let highest = highest_hz.map_or("srate".to_string(), |hz| format!("{hz:?}"));
        self.init += &format!(
            "ratio = srate / min(4 * {highest}, 44100); // the envelope of a low band needs few samples\n\
             {name}_every = ratio < 2 ? 1 : ratio < 4 ? 2 : ratio < 8 ? 4 : 8;\n{name}_at = 0;\n"
        );
        format!(
            "  {name}_at == 0 ? ( {name}_power = max({name}l.envelope({left}), {name}r.envelope({right})); );\n  \
             {name}_at = ({name}_at + 1) % {name}_every;\n  \
             over = 10 * log10(max({name}_power, 0.000000000000000000000000000001)) - {name}_threshold;\n  inside = min(max(over + {name}_knee / 2, 0), {name}_knee);\n  \
             asked = {name}_slope * (inside * inside / (2 * {name}_knee) + max(over - {name}_knee / 2, 0));\n  \
             pole = asked > {name}_reduction ? {name}_attack : {name}_release;\n  \
             {name}_reduction = asked * (1 - pole) + {name}_reduction * pole;\n  \
             gain = 10 ^ (({name}_makeup - {name}_reduction) / 20);\n"
        )
    }

    /// Bands between Linkwitz-Riley crossovers, each low band through the all-passes of the later splits.
    fn multiband(&mut self, crossovers_hz: &[f64], bands: &[CompressorSettings]) {
        let stage = self.stage("Multiband compressor");
        self.need(BIQUAD);
        self.need(COEFFICIENTS);
        let name = format!("split{stage}");
        self.init += &format!(
            "\n// Multiband compressor: Linkwitz-Riley splits of fourth order.\n{name}_known = 0;\n"
        );
        for rate in RATES_HZ {
            self.init += &format!("srate == {rate} ? (\n  {name}_known = 1;\n");
            let splits: Vec<Coefficients> =
                crossovers_hz.iter().map(|hz| low_pass(*hz, BUTTERWORTH_Q, f64::from(rate))).collect();
            for (index, split) in splits.iter().enumerate() {
                let later =
                    (index + 1..splits.len()).map(|later| (format!("c{later}"), splits[later].all_pass()));
                let own = [("a", *split), ("b", *split), ("p", split.all_pass())];
                let own = own.map(|(part, filter)| (part.to_string(), filter));
                for (part, filter) in own.into_iter().chain(later) {
                    let ([b0, b1, b2], [a1, a2]) = (filter.numerator(), filter.denominator());
                    for side in ["l", "r"] {
                        self.init += &format!(
                            "  {name}{side}{index}{part}.coefficients({b0:.17}, {b1:.17}, {b2:.17}, {a1:.17}, {a2:.17});\n"
                        );
                    }
                }
            }
            self.init += ");\n";
        }
        let mut sample = format!(
            "\n// multiband compressor\nslider{stage} && {name}_known ? (\n  restl = spl0;\n  restr = spl1;\n  spl0 = spl1 = 0;\n"
        );
        for (index, settings) in bands.iter().enumerate() {
            for side in ["l", "r"] {
                let filter = format!("{name}{side}{index}");
                if index == crossovers_hz.len() {
                    sample += &format!("  low{side} = rest{side};\n");
                    continue;
                }
                sample += &format!(
                    "  low{side} = {filter}b.biquad({filter}a.biquad(rest{side}));\n  rest{side} = {filter}p.biquad(rest{side}) - low{side};\n"
                );
                for later in index + 1..crossovers_hz.len() {
                    sample += &format!("  low{side} = {filter}c{later}.biquad(low{side});\n");
                }
            }
            self.init += &format!("// band {} of {}\n", index + 1, bands.len());
            sample += &self.reduction(
                &format!("band{stage}x{index}"),
                settings,
                ["lowl", "lowr"],
                crossovers_hz.get(index).copied(),
            );
            sample += "  spl0 += lowl * gain;\n  spl1 += lowr * gain;\n";
        }
        self.sample += &(sample + ");\n");
    }

    fn width(&mut self, side_gain_db: f64, mono_below_hz: Option<f64>, balance_db: f64) {
        let stage = self.stage("Width");
        self.need(BIQUAD);
        let balance = [balance_db / 2.0, -balance_db / 2.0].map(db_to_amplitude);
        self.init += &format!(
            "\n// Width: gain {side_gain_db:+.2} dB of the side signal{}, balance {balance_db:+.2} dB.\n",
            mono_below_hz.map_or(String::new(), |hz| format!(", which is removed below {hz:.0} Hz"))
        );
        let filter = mono_below_hz.map(|hz| move |rate: u32| high_pass(hz, BUTTERWORTH_Q, f64::from(rate)));
        self.init += &format!(
            "side{stage}.b0 = 1; side{stage}.b1 = side{stage}.b2 = side{stage}.a1 = side{stage}.a2 = 0;\n"
        );
        for rate in RATES_HZ.iter().filter(|_| filter.is_some()) {
            let Some(filter) = filter.as_ref().map(|filter| filter(*rate)) else { continue };
            let ([b0, b1, b2], [a1, a2]) = (filter.numerator(), filter.denominator());
            self.init += &format!(
                "srate == {rate} ? ( side{stage}.b0 = {b0:.17}; side{stage}.b1 = {b1:.17}; side{stage}.b2 = {b2:.17}; side{stage}.a1 = {a1:.17}; side{stage}.a2 = {a2:.17}; );\n"
            );
        }
        let gain = db_to_amplitude(side_gain_db);
        self.sample += &format!(
            "\n// width\nslider{stage} ? (\n  side = (spl0 - spl1) / 2;\n  change = {gain:.12} * side{stage}.biquad(side) - side;\n  \
             spl0 = (spl0 + change) * {:.12};\n  spl1 = (spl1 - change) * {:.12};\n);\n",
            balance[0], balance[1]
        );
    }

    fn limiter(&mut self, ceiling_dbtp: f64, gain_db: f64, lookahead_ms: f64, release_ms: f64) {
        let stage = self.stage("Limiter (sample peaks)");
        let at = self.memory;
        // A second at the highest rate for two channels and the gains.
        self.memory += 3 * 192_000;
        self.init += &format!(
            "\n// Limiter. It sees samples and not what lies between them: mixproof's own sees both, and holds {ceiling_dbtp:.1} dBTP.\n\
             // For listening; for the delivered file, render with mixproof or end with a true-peak limiter.\n\
             lim{stage}_gain = 10 ^ ({gain_db:?} / 20); // dB in front\nlim{stage}_ceiling = 10 ^ ({ceiling_dbtp:?} / 20); // dB\n\
             lim{stage}_window = min(max(floor({lookahead_ms:?} / 1000 * srate), 3), 192000); // look-ahead, samples\n\
             lim{stage}_release = exp(-1000 / ({release_ms:?} * srate)); // ms\n\
             lim{stage}_left = {at}; lim{stage}_right = {}; lim{stage}_gains = {}; // rings in memory\n\
             lim{stage}_at = 0; lim{stage}_wait = 0; lim{stage}_held = 1; lim{stage}_sum = lim{stage}_window;\n\
             memset(lim{stage}_left, 0, 384000);\nmemset(lim{stage}_gains, 1, 192000);\n\
             pdc_delay = lim{stage}_window - 1; pdc_bot_ch = 0; pdc_top_ch = 2;\n",
            at + 192_000,
            at + 384_000
        );
        self.sample += &format!(
            "\n// limiter: the least gain of the window is held, released slowly, smoothed by a mean as long as the window\nslider{stage} ? (\n  \
             spl0 *= lim{stage}_gain;\n  spl1 *= lim{stage}_gain;\n  peak = max(abs(spl0), abs(spl1));\n  \
             asked = peak > lim{stage}_ceiling ? lim{stage}_ceiling / peak : 1;\n  asked < 1 ? (\n    lim{stage}_held = min(lim{stage}_held, asked);\n    lim{stage}_wait = lim{stage}_window;\n  ) : lim{stage}_wait > 0 ? (\n    lim{stage}_wait -= 1;\n  ) : (\n    \
             lim{stage}_held = 1 - (1 - lim{stage}_held) * lim{stage}_release;\n  );\n  \
             lim{stage}_sum += lim{stage}_held - lim{stage}_gains[lim{stage}_at];\n  lim{stage}_gains[lim{stage}_at] = lim{stage}_held;\n  \
             lim{stage}_left[lim{stage}_at] = spl0;\n  lim{stage}_right[lim{stage}_at] = spl1;\n  \
             lim{stage}_at = (lim{stage}_at + 1) % lim{stage}_window;\n  gain = lim{stage}_sum / lim{stage}_window;\n  \
             spl0 = lim{stage}_left[lim{stage}_at] * gain;\n  spl1 = lim{stage}_right[lim{stage}_at] * gain;\n);\n"
        );
    }

    fn text(self, head: &str) -> String {
        let functions = self.functions.join("\n");
        format!(
            "{head}\n{}\nin_pin:left\nin_pin:right\nout_pin:left\nout_pin:right\n\n@init\n{functions}{}\n@sample\n{}",
            self.sliders,
            self.init,
            self.sample.trim_start()
        )
    }
}

const BIQUAD: &str = "// Second-order filter, transposed direct form II.
function biquad(x) instance(b0 b1 b2 a1 a2 s1 s2) local(y) (
  y = b0 * x + s1;
  s1 = b1 * x + s2 - a1 * y;
  s2 = b2 * x - a2 * y;
  y;
);
";

const COEFFICIENTS: &str = "// Sets a filter.
function coefficients(f0, f1, f2, g1, g2) instance(b0 b1 b2 a1 a2) (
  b0 = f0; b1 = f1; b2 = f2; a1 = g1; a2 = g2;
);
";

const QUADRATURE: &str = "// Second-order all-pass in z^-2 with the coefficient c, as it stands in O. Niemitalo's Hilbert transform (squared).
function allpass(x, c) instance(x1 x2 y1 y2) local(y) (
  y = c * (x + y2) - x2;
  x2 = x1; x1 = x;
  y2 = y1; y1 = y;
  y;
);
// Squared envelope: the signal and its quadrature, squared and added.
function envelope(x) instance(p1 p2 p3 p4 q1 q2 q3 q4 before) local(p q) (
  p = p4.allpass(p3.allpass(p2.allpass(p1.allpass(before, sqr(0.6923878)), sqr(0.9360654322959)), sqr(0.9882295226860)), sqr(0.9987488452737));
  q = q4.allpass(q3.allpass(q2.allpass(q1.allpass(x, sqr(0.4021921162426)), sqr(0.8561710882420)), sqr(0.9722909545651)), sqr(0.9952884791278));
  before = x;
  max(p * p + q * q, x * x);
);
";
