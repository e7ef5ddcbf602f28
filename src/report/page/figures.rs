//! Charts on the page: two drawings (desk and phone), a table of their numbers, and the numbers for the script.

use crate::error::Result;
use crate::report::Song;
use crate::report::charts::{CHARTS, Figure, Frame, Vector};
use maud::{Markup, PreEscaped, html};

/// All charts that the song has numbers for.
pub(super) fn charts(song: &Song) -> Result<Vec<Figure>> {
    CHARTS.iter().filter_map(|chart| chart.figure(song).transpose()).collect()
}

/// All but the first, which is on the first screen.
pub(super) fn section(charts: &[Figure]) -> Option<Markup> {
    let rest = charts.get(1..).filter(|rest| !rest.is_empty())?;
    Some(html! { @for drawn in rest { (figure(drawn, false)) } })
}

/// One chart.
pub(super) fn figure(drawn: &Figure, hero: bool) -> Markup {
    let name = drawn.name;
    html! {
        figure.chart.hero[hero] id={ "chart-" (name) } data-chart=(name) {
            figcaption {
                @if hero { h2 { (drawn.title) } } @else { h3 { (drawn.title) } }
                p { (drawn.data.sentence) }
            }
            div.plot {
                (svg(drawn, &drawn.wide, "wide"))
                (svg(drawn, &drawn.narrow, "narrow"))
                div.readout hidden {}
            }
            details.table {
                summary { "Numbers of this chart" }
                (table(drawn))
            }
        }
    }
}

fn svg(drawn: &Figure, vector: &Vector, screen: &str) -> Markup {
    let id = format!("{}-{screen}", drawn.name);
    html! {
        svg class=(screen) role="img" viewBox={ "0 0 " (vector.size.0) " " (vector.size.1) }
            aria-labelledby={ (id) "-t " (id) "-d" } data-frame=[vector.frame.as_ref().map(frame)] {
            title id={ (id) "-t" } { (drawn.title) }
            desc id={ (id) "-d" } { (drawn.data.sentence) }
            (PreEscaped(&vector.elements))
        }
    }
}

/// The frame for the script, in the units of the view box.
fn frame(frame: &Frame) -> String {
    let unit = |pixels: f64| (pixels * 4.0).round();
    format!(
        "{},{},{},{},{},{},{}",
        unit(frame.left),
        unit(frame.right),
        unit(frame.top),
        unit(frame.bottom),
        frame.from,
        frame.to,
        u8::from(frame.octaves)
    )
}

fn table(drawn: &Figure) -> Markup {
    let rows = drawn.data.rows();
    let thinned = rows.len() < drawn.data.len();
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "Numbers of " (drawn.title) } {
            table {
                caption {
                    (drawn.title)
                    @if thinned { " (" (rows.len()) " of " (drawn.data.len()) " points, at even steps)" }
                }
                thead { tr {
                    th scope="col" { (drawn.data.x_title()) }
                    @for series in &drawn.data.series { th scope="col" { (series.name) } }
                } }
                tbody {
                    @for (place, cells) in &rows {
                        tr { th scope="row" { (place) } @for cell in cells { td { (cell) } } }
                    }
                }
            }
        }
    }
}

/// The numbers of all charts, for the script; inert data.
pub(super) fn numbers(charts: &[Figure]) -> Markup {
    html! {
        @for drawn in charts {
            script type="application/json" id={ "data-" (drawn.name) } { (PreEscaped(drawn.data.json())) }
        }
    }
}
