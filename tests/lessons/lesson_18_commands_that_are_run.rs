//! The predecessors' pages had code that does not compile, commands that fail, benchmarks that do not exist, and a
//! coverage of 85 to 90 % that was 2 to 46 % when it was measured. Nobody had ever run what they say.
//!
//! Here every block of Rust is compiled and run by `cargo test`, every session of the command line is typed again
//! (`tests/cli/guide.rs`), and figures are held against the run that made them (`tests/performance_page.rs`,
//! `tests/cost_page.rs`, `tests/reliability`). This is for the rest: each command that a page, an example or a
//! benchmark names is one that there is, and what the README promises first is what continuous integration runs.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, iter};

/// What the project has that a command may name.
struct Project {
    targets: Vec<Target>,
    features: BTreeSet<String>,
    default_features: BTreeSet<String>,
    recipes: BTreeSet<String>,
    steps: BTreeSet<String>,
}

/// An example, a test, a benchmark or a program.
struct Target {
    kind: String,
    name: String,
    required_features: BTreeSet<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text(json: Option<&Json>) -> String {
    json.and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn texts(json: Option<&Json>) -> BTreeSet<String> {
    json.and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect()
}

impl Project {
    fn here() -> Self {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
        let output = cargo.current_dir(root()).output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Json = serde_json::from_slice(&output.stdout).expect("cargo gives JSON");
        let packages =
            metadata.get("packages").and_then(Json::as_array).expect("there are packages");
        let folio = packages
            .iter()
            .find(|package| text(package.get("name")) == "folio")
            .expect("one is folio");
        let target = |target: &Json| Target {
            kind: text(target.pointer("/kind/0")),
            name: text(target.get("name")),
            required_features: texts(target.get("required-features")),
        };
        let features = folio.get("features").and_then(Json::as_object).expect("there are features");
        let ci = read(".ci/run");
        let steps = ci.lines().find_map(|line| line.strip_prefix("all_steps=("));
        let steps = steps.and_then(|line| line.strip_suffix(')')).expect("there are steps");
        let justfile = read("justfile");
        let is_recipe = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        let recipes = justfile.lines().filter(is_recipe).filter_map(|line| line.split_once(':'));
        let name = |head: &str| head.split(' ').next().unwrap_or_default().to_owned();
        Self {
            targets: folio
                .get("targets")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .map(target)
                .collect(),
            features: features.keys().cloned().collect(),
            default_features: texts(features.get("default")),
            recipes: recipes.map(|(head, _)| name(head)).collect(),
            steps: steps.split(' ').map(str::to_owned).collect(),
        }
    }

    /// What is wrong with a command, if anything is; nothing with one that is not of this project.
    fn check(&self, command: &str) -> Result<(), String> {
        let words = command.split_whitespace().take_while(|word| !matches!(*word, "#" | "|"));
        let is_set = |word: &&str| {
            word.split_once('=')
                .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        };
        let words: Vec<&str> = words.skip_while(is_set).take_while(|word| *word != "--").collect();
        match words.as_slice() {
            ["cargo", command, rest @ ..] => self.check_cargo(command, rest),
            ["just", recipe, ..] => known(&self.recipes, recipe, "recipe"),
            [".ci/run", steps @ ..] => {
                steps.iter().try_for_each(|step| known(&self.steps, step, "step"))
            }
            [path, ..] if path.starts_with("tests/") => {
                let is_there = root().join(path).is_file();
                if is_there { Ok(()) } else { Err(format!("there is no `{path}`")) }
            }
            _ => Ok(()),
        }
    }

    fn check_cargo(&self, command: &str, options: &[&str]) -> Result<(), String> {
        if !["run", "test", "bench", "doc", "install", "build"].contains(&command) {
            return Err(format!("nobody runs `cargo {command}` here"));
        }
        let of = |option: &str| {
            let mut following =
                options.iter().skip_while(|word| word.split('=').next() != Some(option));
            let word = following.next()?;
            word.split_once('=').map(|(_, name)| name).or_else(|| following.next().copied())
        };
        let given: BTreeSet<String> = of("--features")
            .into_iter()
            .flat_map(|list| list.split(','))
            .map(str::to_owned)
            .collect();
        given.iter().try_for_each(|feature| known(&self.features, feature, "feature"))?;
        for (option, kind) in
            [("--example", "example"), ("--bench", "bench"), ("--test", "test"), ("--bin", "bin")]
        {
            let Some(name) = of(option) else { continue };
            let found =
                self.targets.iter().find(|target| target.kind == kind && target.name == name);
            let target = found.ok_or_else(|| format!("there is no {kind} `{name}`"))?;
            let has = |feature: &&String| {
                given.contains(*feature)
                    || self.default_features.contains(*feature)
                    || options.contains(&"--all-features")
            };
            if let Some(missing) = target.required_features.iter().find(|feature| !has(feature)) {
                return Err(format!("the {kind} `{name}` needs the feature `{missing}`"));
            }
        }
        Ok(())
    }
}

fn known(all: &BTreeSet<String>, name: &str, what: &str) -> Result<(), String> {
    if all.contains(name) { Ok(()) } else { Err(format!("there is no {what} `{name}`")) }
}

/// The commands of a text: in backticks, in the head of a program, behind a prompt, or lines of a block of shell.
fn commands(text: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let (mut is_shell, mut block) = (false, false);
    for line in text.lines() {
        let line = line.trim_start_matches("//!").trim();
        if let Some(kind) = line.strip_prefix("```") {
            block = !block;
            is_shell = block && matches!(kind, "sh" | "text" | "console");
            continue;
        }
        if is_shell || (!block && line.starts_with("cargo ")) {
            commands.push(line.trim_start_matches("$ ").to_owned());
        }
        if !block {
            commands.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    let is_ours = |command: &String| {
        let named = ["cargo ", "just ", ".ci/run", "tests/mutants/run"];
        // Such as `FOLIO_RECORDS=1000000 cargo bench`.
        named.iter().any(|name| command.starts_with(name) || command.contains(&format!(" {name}")))
    };
    commands.retain(is_ours);
    commands
}

/// The pages, and the heads of examples and benchmarks.
fn pages() -> Vec<PathBuf> {
    let below = |directory: &str| {
        let mut waiting = vec![root().join(directory)];
        iter::from_fn(move || {
            let path = waiting.pop()?;
            if path.is_dir() && !path.ends_with("target") {
                waiting.extend(
                    fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()),
                );
            }
            Some(path)
        })
    };
    let all = ["README.md", "CHANGELOG.md", "src/docs", "examples", "benches"]
        .into_iter()
        .flat_map(below);
    let is_page =
        |path: &PathBuf| path.extension().is_some_and(|kind| kind == "md" || kind == "rs");
    all.filter(is_page).collect()
}

/// The head of a file of Rust, where it is said how it is run; all of a page.
fn told(path: &Path) -> String {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if path.extension().is_some_and(|kind| kind == "md") {
        return text;
    }
    let head = text.lines().take_while(|line| line.starts_with("//!"));
    head.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_command_that_is_named_is_there() {
    let project = Project::here();
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        for command in commands(&told(&page)) {
            count += 1;
            if let Err(why) = project.check(&command) {
                wrong.push(format!("{}: `{command}`: {why}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 80, "only {count} commands were found");
}

#[test]
fn a_command_that_is_not_there_is_found() {
    let project = Project::here();
    for (text, why) in [
        ("see `cargo run --example nothing`", "there is no example `nothing`"),
        ("```sh\ncargo bench --bench speed    # fast\n```", "there is no bench `speed`"),
        (
            "```console\n$ cargo test --test lessons --features more\n```",
            "there is no feature `more`",
        ),
        ("//! cargo run --example search -- crash", "needs the feature `text`"),
        ("`FOLIO_RECORDS=10 cargo bench --bench no`", "there is no bench `no`"),
        ("`just fly 60`", "there is no recipe `fly`"),
        ("`.ci/run fmt fly`", "there is no step `fly`"),
        ("`cargo run --bin nothing`", "there is no bin `nothing`"),
        ("`cargo test --test=lessons --features=more`", "there is no feature `more`"),
        ("`cargo test --test=nothing`", "there is no test `nothing`"),
        ("`cargo fly`", "nobody runs `cargo fly` here"),
        ("`tests/mutants/run-all x`", "there is no `tests/mutants/run-all`"),
    ] {
        let found = commands(text);
        let [command] = &found[..] else { panic!("{text}: {found:?}") };
        let error = project.check(command).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
    for good in
        ["cargo run --release --example flights -- x", "just", ".ci/run", "just miri", "cargo test"]
    {
        assert_eq!(project.check(good), Ok(()), "{good}");
    }
}

/// The lines of a step of `.ci/run`.
fn step(ci: &str, name: &str) -> String {
    let head = format!("step_{name}() {{\n");
    let (_, rest) = ci.split_once(&head).unwrap_or_else(|| panic!("there is no step {name}"));
    rest.split("\n}\n").next().unwrap_or_default().to_owned()
}

#[test]
fn the_two_commands_of_the_readme_are_what_is_run() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    let (_, two) = readme.split_once("## Two commands\n\n```sh\n").expect("there are two commands");
    let two = two.split("```").next().unwrap_or_default();
    let two: Vec<&str> =
        two.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).collect();
    assert_eq!(two, ["cargo run --release --example flights", "cargo test"]);
    assert!(step(&ci, "test").lines().any(|line| line.ends_with(" cargo test")));
    let examples = step(&ci, "examples");
    assert!(examples.contains("run cargo build --release --example flights"));
    assert!(examples.contains("$example != flights && $example != bank ]] || profile=(--release)"));
    assert!(examples.contains("run cargo run \"${profile[@]}\""));
}

/// Each example is run by continuous integration, and named with the options that it is run with.
#[test]
fn every_example_is_run() {
    let (ci, readme) = (read(".ci/run"), read("README.md"));
    let examples = step(&ci, "examples");
    let (_, list) = examples.split_once("for example in ").expect("they are listed");
    let run: BTreeSet<&str> = list.split(';').next().unwrap_or_default().split(' ').collect();
    let project = Project::here();
    let there = project.targets.iter().filter(|target| target.kind == "example");
    let there: BTreeSet<&str> = there.map(|target| target.name.as_str()).collect();
    assert_eq!(run, there);
    for example in there {
        assert!(
            readme.contains(&format!("--example {example}")),
            "the README does not name {example}"
        );
    }
}
