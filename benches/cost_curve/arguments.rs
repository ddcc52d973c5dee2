//! The command line.

use std::path::PathBuf;
use std::time::Duration;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
The cost curves of Folio.

  --records-up-to N  records in the largest stores, 1000 to 10000000 [1000000]
  --seconds S        time for the turns of one plot, filling its stores aside [10]
  --quick            a trial: --records-up-to 10000 --seconds 0.2
  --only a,b         some plots, by the names of their files in src/docs/cost [all]
  --dir DIR          where the stores are made, and removed again [target/tmp]
  --write            writes the numbers, the plots and the tables of src/docs/cost.md
  --draw             measures nothing: plots and tables anew, from the numbers there are
";

/// What this process is to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// The command was not for this program.
    Nothing,
    Measure(Arguments),
    Draw,
    /// A child process of the above: fills a store and says how much memory that took.
    Fill {
        series: String,
        records: u64,
    },
    /// Another one: opens the store in a directory and says how long that took.
    Open {
        series: String,
        directory: PathBuf,
    },
    Help,
}

/// How to measure.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) records_up_to: u64,
    /// For the turns of one plot.
    pub(crate) time: Duration,
    only: Vec<String>,
    pub(crate) directory: PathBuf,
    pub(crate) write: bool,
    /// The command line, as it was given.
    pub(crate) given: String,
}

impl Arguments {
    /// Whether a plot was asked for.
    pub(crate) fn wants(&self, plot: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == plot)
    }

    /// Whether a plot was asked for, and nothing else.
    pub(crate) fn is_of(&self, plot: &str) -> bool {
        self.only == [plot]
    }

    /// What the process that measures a plot is given.
    pub(crate) fn of(&self, plot: &str) -> Vec<String> {
        let pairs = [
            ("--records-up-to", self.records_up_to.to_string()),
            ("--seconds", self.time.as_secs_f64().to_string()),
            ("--dir", self.directory.display().to_string()),
            ("--only", plot.to_owned()),
        ];
        pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }

    /// The numbers of records on the axes: the powers of ten from 1,000.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        let sizes = std::iter::successors(Some(1_000), |size| Some(size * 10));
        sizes.take_while(|size| *size <= self.records_up_to).collect()
    }
}

/// Reads the command line, where there are these plots. `cargo bench` adds `--bench`; nothing at all is `cargo test --benches`, and a
/// word without dashes the filter of a bench of another kind.
pub(crate) fn parse(words: impl Iterator<Item = String>, plots: &[&str]) -> Result<Task, String> {
    let mut words: Vec<_> = words.collect();
    if words.first().is_none_or(|word| !word.starts_with("--")) {
        return Ok(Task::Nothing);
    }
    words.retain(|word| word != "--bench");
    if words.first().is_some_and(|word| !word.starts_with("--")) {
        return Ok(Task::Nothing);
    }
    let mut arguments = Arguments {
        records_up_to: 1_000_000,
        time: Duration::from_secs(10),
        only: Vec::new(),
        directory: env!("CARGO_TARGET_TMPDIR").into(),
        write: false,
        given: words.join(" "),
    };
    let mut words = words.into_iter();
    while let Some(option) = words.next() {
        let mut value = || words.next().ok_or(format!("{option} needs a value; see --help"));
        match option.as_str() {
            "--help" | "-h" => return Ok(Task::Help),
            "--draw" => return Ok(Task::Draw),
            "--fill" => return Ok(Task::Fill { series: value()?, records: number(&value()?)? }),
            "--open" => {
                return Ok(Task::Open { series: value()?, directory: value()?.into() });
            }
            "--records-up-to" => arguments.records_up_to = number(&value()?)?,
            "--seconds" => arguments.time = seconds(&value()?)?,
            "--quick" => {
                arguments.records_up_to = 10_000;
                arguments.time = Duration::from_millis(200);
            }
            "--only" => arguments.only = value()?.split(',').map(str::to_owned).collect(),
            "--dir" => arguments.directory = value()?.into(),
            "--write" => arguments.write = true,
            _ => return Err(format!("there is no option {option}; see --help")),
        }
    }
    check(&arguments, plots)?;
    Ok(Task::Measure(arguments))
}

fn check(arguments: &Arguments, plots: &[&str]) -> Result<(), String> {
    if let Some(unknown) = arguments.only.iter().find(|name| !plots.contains(&name.as_str())) {
        return Err(format!("no plot is called {unknown:?}; there are {}", plots.join(", ")));
    }
    if arguments.write && !arguments.only.is_empty() {
        return Err("--write wants all plots: they are one run; leave out --only".to_owned());
    }
    if !(1_000..=10_000_000).contains(&arguments.records_up_to) {
        return Err("--records-up-to takes 1000 to 10000000".to_owned());
    }
    Ok(())
}

fn number(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|error| format!("{text:?}: {error}"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{text:?}: {error}"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| format!("{text:?}: {error}"))
}
