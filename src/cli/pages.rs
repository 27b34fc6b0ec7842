//! `overrides findings`: the pages of findings in the terminal.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use overrides::config::nearest;
use overrides::finding::{Page, pages};

use super::Usage;
use super::output::write_output;

const EXAMPLES: &str = "\
Examples:
  What there is:
    overrides findings

  The page of one, in any of these spellings:
    overrides findings OV020
    overrides findings ov20
    overrides findings 20";

/// The letters of a code that is written as a number.
const USUAL_LETTERS: &str = "OV";

/// How many pages are offered where a word could mean several.
const MOST_OFFERED: usize = 5;

/// The arguments of `findings`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The code; without it, all of them are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Prints the list, or a page.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let text = match &arguments.code {
        None => list(),
        Some(written) => match find(written) {
            Some(page) => format!("{} — {}\n\n{}", page.id, page.title, page.plain()),
            None => return Err(Usage::error(unknown(written))),
        },
    };
    write_output(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// All codes, a line each.
fn list() -> String {
    let mut list = String::from("CODE   SEVERITY  ABOUT\n");
    for page in pages() {
        // `warning; error with …`: the usual one.
        let severity = page.severity.and_then(|line| line.split(|c: char| !c.is_alphanumeric()).next()).unwrap_or("-");
        let _ = writeln!(list, "{:<5}  {severity:<8}  {}", page.id, page.title);
    }
    list
}

/// The page that is meant by `OV064`, `ov64` or `64`.
fn find(written: &str) -> Option<Page> {
    let wanted = parts(written)?;
    pages().find(|page| parts(page.id).is_some_and(|parts| parts == wanted))
}

/// The letters and the number of a code.
fn parts(code: &str) -> Option<(String, u32)> {
    let code = code.trim();
    let split = code.find(|c: char| c.is_ascii_digit())?;
    let (letters, number) = code.split_at(split);
    let letters = if letters.is_empty() { USUAL_LETTERS.to_owned() } else { letters.to_uppercase() };
    Some((letters, number.parse().ok()?))
}

/// What is said of a code that there is not: the nearest, by number, by what it is about or by spelling.
fn unknown(written: &str) -> String {
    let offered: Vec<String> = offers(written).iter().map(|page| format!("{} ({})", page.id, page.title)).collect();
    let offered = if offered.is_empty() { String::new() } else { format!("; did you mean {}?", offered.join(", or ")) };
    format!("there is no finding `{written}`{offered}\n\n`overrides findings` lists all of them")
}

fn offers(written: &str) -> Vec<Page> {
    if let Some((letters, number)) = parts(written) {
        let same = pages().filter_map(|page| Some((parts(page.id)?, page))).filter(|((own, _), _)| *own == letters);
        if let Some((_, page)) = same.min_by_key(|((_, own), _)| own.abs_diff(number)) {
            return vec![page];
        }
    }
    let word = written.to_lowercase();
    let about: Vec<Page> =
        pages().filter(|page| page.title.to_lowercase().contains(&word)).take(MOST_OFFERED).collect();
    if !about.is_empty() {
        return about;
    }
    let near = nearest(written, pages().map(|page| page.id));
    pages().filter(|page| Some(page.id) == near).collect()
}
