//! Text for the terminal: the standards' cases as a table.

use super::Options;
use super::paint::{Paint, Style};
use crate::model::SelfTest;

/// Every case with its reading and its tolerance, and the sum of them.
pub fn self_test(result: &SelfTest, options: &Options) -> String {
    let paint = Paint::new(options);
    let mut out = String::new();
    let mut standard = "";
    for case in &result.cases {
        if case.standard != standard {
            standard = &case.standard;
            out += &format!("{}\n", paint.styled(standard, Style::Bold));
        }
        let measured = case.measured.map_or("nothing".to_string(), |value| format!("{value:.3}"));
        let verdict = match case.passed {
            true => paint.styled("pass", Style::Good),
            false => paint.styled("FAIL", Style::Fail),
        };
        out += &format!(
            "  {:<20} {:<37} {:>9}  {:>9} … {:<8} {:<4}  {verdict}\n",
            case.case,
            case.reading,
            measured,
            format!("{:.3}", case.low),
            format!("{:.3}", case.high),
            case.unit.symbol(),
        );
    }
    let failed = result.cases.iter().filter(|case| !case.passed).count();
    let kernels = if result.accelerated { "AVX2 kernels" } else { "plain kernels" };
    out += &match failed {
        0 => format!("{} readings, all in tolerance ({kernels})\n", result.cases.len()),
        _ => format!("{} readings, {failed} out of tolerance ({kernels})\n", result.cases.len()),
    };
    paint.finish(out)
}
