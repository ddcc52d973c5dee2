//! A plot as SVG: one line for each series with its name at its end, a bar for the spread of each
//! point, logarithmic axes.
//!
//! Written here, not by a library: the plot has to follow the light or dark theme of its reader,
//! which takes style sheets inside of it, where `plotters` writes fixed colours; `poloto` has style
//! sheets, and no logarithmic axes. The rest is lines and words.

use crate::numbers::{Numbers, Point};
use crate::plots::{Plot, Unit};
use std::fmt::Write;
use std::ops::RangeInclusive;

const WIDTH: f64 = 700.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 540.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 304.0;
/// The least distance of two names at the ends of lines.
const LINE_HEIGHT: f64 = 16.0;

/// Of Okabe and Ito's colours, which the colour-blind can tell apart, those that show on both grounds.
const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 15px }
.ground { fill: #ffffff } .grid { stroke: #d0d7de }
.s0 { color: #0072b2 } .s1 { color: #d55e00 } .s2 { color: #008060 }
@media (prefers-color-scheme: dark) {
.ground { fill: #161b22 } text { fill: #e6edf3 } .grid { stroke: #3d444d }
.s0 { color: #56b4e9 } .s1 { color: #ff8c42 } .s2 { color: #2ec4a0 }
}
polyline { fill: none; stroke: currentColor; stroke-width: 2 } .spread { stroke: currentColor }
circle, .name { fill: currentColor }";

/// The plot as a document of its own.
pub(crate) fn svg(plot: &Plot, numbers: &Numbers) -> String {
    let mut drawing = Drawing::new(plot, numbers);
    drawing.axes();
    let series = numbers.series(plot.name);
    let ends: Vec<_> =
        series.iter().enumerate().map(|(n, (_, line))| drawing.line(n, line)).collect();
    for (number, y) in apart(&ends).into_iter().enumerate() {
        let (name, _) = series.get(number).expect("each line has a name");
        drawing.text(RIGHT + 14.0, y + 4.0, &format!("class=\"name s{number}\""), name);
    }
    drawing.finish()
}

struct Drawing<'a> {
    plot: &'a Plot,
    xs: Vec<f64>,
    x: Scale,
    y: Scale,
    svg: String,
}

impl<'a> Drawing<'a> {
    fn new(plot: &'a Plot, numbers: &Numbers) -> Self {
        let points = || numbers.points.iter().filter(|point| point.plot == plot.name);
        let mut xs: Vec<f64> = points().map(|point| point.x).collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        let (first, last) = (xs.first().copied().unwrap_or(1.0), xs.last().copied().unwrap_or(1.0));
        let lowest = points().map(|point| point.lower).fold(f64::INFINITY, f64::min);
        let highest = points().map(|point| point.upper).fold(0.0, f64::max);
        let y = round_below(lowest)..=round_above(highest);
        Self {
            plot,
            x: Scale::new(first..=last, LEFT + 14.0..=RIGHT, plot.x.unit != Unit::FewThings),
            y: Scale::new(y, BOTTOM..=TOP, true),
            xs,
            svg: format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
                 width=\"{WIDTH}\" height=\"{HEIGHT}\">\n<style>\n{STYLE}\n</style>\n\
                 <rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\n"
            ),
        }
    }

    fn axes(&mut self) {
        let Plot { title, x: x_axis, y: y_axis, .. } = self.plot;
        self.text(LEFT, 26.0, "class=\"title\"", title);
        let middle = f64::midpoint(TOP, BOTTOM);
        let turned = format!("text-anchor=\"middle\" transform=\"rotate(-90 16 {middle})\"");
        self.text(16.0, middle, &turned, y_axis.label);
        let centered = "text-anchor=\"middle\"";
        self.text(f64::midpoint(LEFT, RIGHT), BOTTOM + 44.0, centered, x_axis.label);
        for x in self.xs.clone() {
            let at = self.x.at(x);
            self.stroke("grid", (at, BOTTOM), (at, BOTTOM + 5.0));
            self.text(at, BOTTOM + 22.0, centered, &x_axis.unit.show(x));
        }
        for y in self.y.ticks() {
            let at = self.y.at(y);
            self.stroke("grid", (LEFT, at), (RIGHT, at));
            self.text(LEFT - 8.0, at + 4.0, "text-anchor=\"end\"", &y_axis.unit.show(y));
        }
    }

    /// Draws a series, and says how high it ends.
    fn line(&mut self, number: usize, points: &[&Point]) -> f64 {
        let class = format!("s{number}");
        let mut path = String::new();
        let mut end = BOTTOM;
        for point in points {
            let (x, y) = (self.x.at(point.x), self.y.at(point.median));
            self.stroke(
                &format!("spread {class}"),
                (x, self.y.at(point.lower)),
                (x, self.y.at(point.upper)),
            );
            add(
                &mut self.svg,
                format_args!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>\n"),
            );
            add(&mut path, format_args!("{x:.1},{y:.1} "));
            end = y;
        }
        let path = path.trim_end();
        add(&mut self.svg, format_args!("<polyline class=\"{class}\" points=\"{path}\"/>\n"));
        end
    }

    fn stroke(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        add(
            &mut self.svg,
            format_args!(
                "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>\n"
            ),
        );
    }

    fn text(&mut self, x: f64, y: f64, attributes: &str, words: &str) {
        add(
            &mut self.svg,
            format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{words}</text>\n"),
        );
    }

    fn finish(mut self) -> String {
        self.svg.push_str("</svg>\n");
        self.svg
    }
}

fn add(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes everything");
}

/// Where the numbers of an axis are.
struct Scale {
    numbers: RangeInclusive<f64>,
    places: RangeInclusive<f64>,
    logarithmic: bool,
}

impl Scale {
    fn new(numbers: RangeInclusive<f64>, places: RangeInclusive<f64>, logarithmic: bool) -> Self {
        Self { numbers, places, logarithmic }
    }

    fn at(&self, number: f64) -> f64 {
        let measure = |number: f64| if self.logarithmic { number.ln() } else { number };
        let (start, end) = (measure(*self.numbers.start()), measure(*self.numbers.end()));
        let share = (measure(number) - start) / (end - start).max(f64::MIN_POSITIVE);
        self.places.start() + share * (self.places.end() - self.places.start())
    }

    /// 1, 2 and 5 of each power of ten; where those are many, the powers alone.
    fn ticks(&self) -> Vec<f64> {
        let powers = (0..15).map(|power| 10_f64.powi(power));
        let all = powers.flat_map(|power| [power, 2.0 * power, 5.0 * power]);
        let all: Vec<_> = all.filter(|tick| self.numbers.contains(tick)).collect();
        let sparse = all.len() > 9;
        all.into_iter().filter(|tick| !sparse || tick.log10().fract() == 0.0).collect()
    }
}

/// The greatest number of 1, 2, 5, 10, 20 … that is not above.
fn round_below(number: f64) -> f64 {
    let power = 10_f64.powf(number.log10().floor());
    [5.0, 2.0].map(|step| step * power).into_iter().find(|tick| *tick <= number).unwrap_or(power)
}

/// The least number of 1, 2, 5, 10, 20 … that is not below.
fn round_above(number: f64) -> f64 {
    let power = 10_f64.powf(number.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|step| step * power);
    steps.into_iter().find(|tick| *tick >= number).unwrap_or(10.0 * power)
}

/// Places for names as near to the ends of their lines as they can be without covering each other.
fn apart(ends: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = ends.iter().copied().enumerate().collect();
    order.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let mut lowest = f64::NEG_INFINITY;
    for (_, end) in &mut order {
        *end = end.max(lowest);
        lowest = *end + LINE_HEIGHT;
    }
    order.sort_by_key(|(number, _)| *number);
    order.into_iter().map(|(_, end)| end).collect()
}
