//! The page of the manual, made of what the program knows of its arguments, so that it has all of them.
//!
//! One page has all commands: options that go with each of them are told once. What renders a page for one command is asked for the
//! parts of it, whose heads become those of sections within the page.

use clap::Command;
use clap_mangen::Man;
use std::io;

/// What renders a part of a page.
type Part = fn(&Man, &mut dyn io::Write) -> io::Result<()>;

/// The page, in the language of roff.
pub(crate) fn page(command: &Command) -> io::Result<String> {
    let whole = Man::new(command.clone()).manual("Folio").date("");
    let mut page = text(&whole, Man::render_title)?;
    for part in
        [Man::render_name_section, Man::render_synopsis_section, Man::render_description_section]
    {
        page += &body(&text(&whole, part)?);
    }
    page += ".SH COMMANDS\n";
    for inner in command.get_subcommands() {
        page += &section(command.get_name(), inner)?;
    }
    page += &body(&text(&whole, Man::render_options_section)?);
    page += &body(&text(&whole, Man::render_extra_section)?).replace(".SH EXTRA", ".SH NOTES");
    page += &body(&text(&whole, Man::render_version_section)?);
    Ok(page)
}

/// A command: how it is called, what it does, what goes with it and with no other.
fn section(program: &str, command: &Command) -> io::Result<String> {
    let name = command.get_name();
    let called = command.clone().bin_name(format!("{program} {name}")).disable_help_flag(true);
    let has_options = called.get_arguments().next().is_some();
    let man = Man::new(called);
    let mut section = format!(".SS \"{name}\"\n");
    section += &without_heads(&text(&man, Man::render_synopsis_section)?);
    section += ".PP\n";
    section += &without_heads(&text(&man, Man::render_description_section)?);
    if has_options {
        section += &without_heads(&text(&man, Man::render_options_section)?);
    }
    Ok(section)
}

fn text(man: &Man, part: Part) -> io::Result<String> {
    let mut roff = Vec::new();
    part(man, &mut roff)?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}

/// A part without what a page begins with.
fn body(part: &str) -> String {
    lines_without(part, &[".ie ", ".el "])
}

/// A part that is within a section already.
fn without_heads(part: &str) -> String {
    lines_without(part, &[".ie ", ".el ", ".SH "])
}

fn lines_without(part: &str, beginnings: &[&str]) -> String {
    let is_wanted = |line: &&str| !beginnings.iter().any(|begins| line.starts_with(begins));
    part.lines().filter(is_wanted).flat_map(|line| [line, "\n"]).collect()
}
