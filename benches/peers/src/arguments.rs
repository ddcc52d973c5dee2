//! The command line.

use crate::peer::Outcome;
use crate::peers::Kind;
use folio::Durability;
use std::path::PathBuf;
use std::time::Duration;

/// What `--help` prints.
pub const HELP: &str = "\
Folio side by side with other embedded stores.

  --records N        records in each store [100000; the published table: 1000000]
  --seconds S        length of one turn [1]
  --rounds N         turns of each peer in each workload, at least 5 [5]
  --only W1,W4       some workloads [all of W1 to W12]
  --peers a,b        some peers; folio always takes part [all]
  --out FILE         where the table goes, as Markdown [standard output]
  --dir DIR          where the stores are made, and removed again [.]
  --folio-relaxed L  what Folio's relaxed commits are: write or background [write]
  --seed N           of all random numbers [1]
";

/// The fewest records with which every workload makes sense.
const LEAST_RECORDS: u64 = 1_000;
const LEAST_ROUNDS: u64 = 5;

/// What this process is to do.
#[derive(Debug)]
pub enum Task {
    Compare(Arguments),
    /// A child process of the above.
    Load(Load),
    /// Another one.
    Serve(Serve),
    Help,
}

/// A comparison.
#[derive(Debug)]
pub struct Arguments {
    pub records: u64,
    pub turn: Duration,
    pub rounds: u64,
    only: Vec<String>,
    pub peers: Vec<Kind>,
    pub out: Option<PathBuf>,
    pub directory: PathBuf,
    pub folio_relaxed: Durability,
    pub seed: u64,
}

/// One store to fill.
#[derive(Debug)]
pub struct Load {
    pub kind: Kind,
    pub directory: PathBuf,
    pub records: u64,
    pub folio_relaxed: Durability,
}

/// One store to open, and to measure turn by turn.
#[derive(Debug)]
pub struct Serve {
    pub load: Load,
    pub turn: Duration,
    pub seed: u64,
}

impl Arguments {
    /// Whether a workload was asked for.
    pub fn wants(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted.eq_ignore_ascii_case(id))
    }
}

impl Load {
    /// What the child process is given.
    pub fn to_command_line(&self) -> Vec<String> {
        self.command_line("--load")
    }

    fn command_line(&self, task: &str) -> Vec<String> {
        let relaxed = match self.folio_relaxed {
            Durability::Background => "background",
            _ => "write",
        };
        let directory = self.directory.display().to_string();
        let records = self.records.to_string();
        let pairs = [
            (task, self.kind.name()),
            ("--dir", &directory),
            ("--records", &records),
            ("--folio-relaxed", relaxed),
        ];
        pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value.to_owned()]).collect()
    }
}

impl Serve {
    /// What the child process is given.
    pub fn to_command_line(&self) -> Vec<String> {
        let mut words = self.load.command_line("--serve");
        let (seconds, seed) = (self.turn.as_secs_f64().to_string(), self.seed.to_string());
        words.extend(["--seconds".to_owned(), seconds, "--seed".to_owned(), seed]);
        words
    }
}

/// Reads the command line.
///
/// # Errors
///
/// An option that there is not, or a value that it cannot have.
pub fn parse(mut words: impl Iterator<Item = String>) -> Outcome<Task> {
    let (mut load, mut serve) = (None, None);
    let mut arguments = Arguments {
        records: 100_000,
        turn: Duration::from_secs(1),
        rounds: LEAST_ROUNDS,
        only: Vec::new(),
        peers: Kind::ALL.to_vec(),
        out: None,
        directory: PathBuf::from("."),
        folio_relaxed: Durability::Write,
        seed: 1,
    };
    while let Some(option) = words.next() {
        if option == "--help" || option == "-h" {
            return Ok(Task::Help);
        }
        let value = words.next().ok_or_else(|| format!("{option} needs a value; see --help"))?;
        match option.as_str() {
            "--records" => arguments.records = value.replace('_', "").parse()?,
            "--seconds" => arguments.turn = Duration::try_from_secs_f64(value.parse()?)?,
            "--rounds" => arguments.rounds = value.parse()?,
            "--only" => arguments.only = workloads(&value)?,
            "--peers" => arguments.peers = peers(&value)?,
            "--out" => arguments.out = Some(value.into()),
            "--dir" => arguments.directory = value.into(),
            "--folio-relaxed" => arguments.folio_relaxed = relaxed(&value)?,
            "--seed" => arguments.seed = value.parse()?,
            "--load" => load = Some(value.parse()?),
            "--serve" => serve = Some(value.parse()?),
            _ => return Err(format!("there is no option {option}; see --help").into()),
        }
    }
    if arguments.records < LEAST_RECORDS || arguments.rounds < LEAST_ROUNDS {
        let least = format!("at least {LEAST_RECORDS} records and {LEAST_ROUNDS} rounds, please");
        return Err(least.into());
    }
    let Arguments { records, folio_relaxed, turn, seed, .. } = arguments;
    let directory = arguments.directory.clone();
    Ok(match (load, serve) {
        (Some(kind), _) => Task::Load(Load { kind, directory, records, folio_relaxed }),
        (None, Some(kind)) => Task::Serve(Serve {
            load: Load { kind, directory, records, folio_relaxed },
            turn,
            seed,
        }),
        (None, None) => Task::Compare(arguments),
    })
}

fn workloads(list: &str) -> Outcome<Vec<String>> {
    let known = ["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "W9d", "W10", "W11", "W12"];
    let check = |id: &str| match known.iter().find(|known| known.eq_ignore_ascii_case(id)) {
        Some(known) => Ok((*known).to_owned()),
        None => Err(format!("no workload is called {id:?}; there are {}", known.join(", ")).into()),
    };
    list.split(',').map(check).collect()
}

/// In the order of the table, with Folio, which everything is compared to.
fn peers(list: &str) -> Outcome<Vec<Kind>> {
    let mut kinds = vec![Kind::Folio];
    for name in list.split(',') {
        kinds.push(name.parse()?);
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

fn relaxed(level: &str) -> Outcome<Durability> {
    match level {
        "write" => Ok(Durability::Write),
        "background" => Ok(Durability::Background),
        _ => Err(format!("{level:?} is neither `write` nor `background`").into()),
    }
}
