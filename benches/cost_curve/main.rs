//! What the operations of Folio cost as one thing grows: records, threads, collections, indexes,
//! bytes. The numbers and plots of the page `cost` of the documentation come from here.
//!
//! ```text
//! cargo bench --bench cost_curve -- --quick    # seconds: whether everything works
//! cargo bench --bench cost_curve               # minutes: prints the numbers
//! cargo bench --bench cost_curve -- --write    # writes numbers, plots and tables into src/docs
//! cargo bench --bench cost_curve -- --draw     # plots and tables anew, from the numbers there are
//! ```
//!
//! Each curve is measured in rounds. In a round every point of the plot has one short turn, so that
//! a drift of the machine reaches all of them alike; a point is the median of its turns, its spread
//! their quartiles. Only ratios within one plot mean anything.
//!
//! Measuring (`curves`), the numbers (`numbers`) and what is made of them (`plots`, `draw`, `page`)
//! know each other by the numbers alone. `tests/cost_page.rs` holds the page against the numbers
//! that are committed, so the documentation needs nothing from here when it is built.

#![allow(clippy::unwrap_used, reason = "a bench that fails has nothing to report")]
#![allow(clippy::cast_precision_loss, reason = "counts and times far below 2⁵³")]

mod arguments;
mod curves;
mod draw;
mod machine;
mod numbers;
mod page;
mod plots;
mod records;
mod turns;

use arguments::{Arguments, Task};
use numbers::Numbers;
use std::process::{Command, Stdio};

fn main() {
    let plots = curves::ALL.map(|(plot, _)| plot);
    match arguments::parse(std::env::args().skip(1), &plots) {
        Ok(Task::Nothing) => {}
        Ok(Task::Measure(arguments)) => measure(&arguments),
        Ok(Task::Draw) => page::write(&page::committed_numbers()),
        Ok(Task::Fill { series, records }) => print!("{}", curves::memory::fill(&series, records)),
        Ok(Task::Open { series, directory }) => {
            print!("{}", curves::recovery::open(&series, &directory));
        }
        Ok(Task::Help) => print!("{}", arguments::HELP),
        Err(message) => {
            eprintln!("{message}");
            std::process::exit(2);
        }
    }
}

/// Each plot has a process of its own, so that what one of them has left of memory is nothing to the
/// next one.
fn measure(arguments: &Arguments) {
    let mut points = Vec::new();
    for (plot, curve) in curves::ALL {
        if arguments.is_of(plot) {
            points.extend(curve(arguments).into_iter().map(|point| point.of(plot)));
        } else if arguments.wants(plot) {
            eprintln!("{plot}");
            points.extend(measured_elsewhere(plot, arguments).points);
        }
    }
    let numbers = Numbers { origin: machine::describe(arguments), points };
    if arguments.write {
        page::write(&numbers);
    } else {
        print!("{}", numbers.to_text());
    }
}

fn measured_elsewhere(plot: &str, arguments: &Arguments) -> Numbers {
    let program = std::env::current_exe().unwrap();
    let child = Command::new(program).args(arguments.of(plot)).stderr(Stdio::inherit()).output();
    let child = child.unwrap();
    assert!(child.status.success(), "{plot} was not measured");
    Numbers::from_text(&String::from_utf8_lossy(&child.stdout))
}
