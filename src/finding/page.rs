//! The page of each code, as it is in the documents: for titles, and for whoever asks in a terminal.

use super::Code;

/// The documents that have pages.
const DOCUMENTS: &[&str] = &[include_str!("../../docs/findings.md"), include_str!("../../docs/remarks.md")];

/// What stands before the heading of a page.
const HEADING: &str = "\n## ";

/// What stands between the code and the title in a heading.
const DASH: &str = " — ";

/// The page of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The code: `OV020`.
    pub id: &'static str,
    /// What it is about, in one sentence without its full stop.
    pub title: &'static str,
    /// The severity, where the page states one.
    pub severity: Option<&'static str>,
    /// The page without its heading, as Markdown.
    pub text: &'static str,
}

/// All pages, in the order of the documents.
pub fn pages() -> impl Iterator<Item = Page> {
    DOCUMENTS.iter().flat_map(|document| document.split(HEADING).skip(1)).filter_map(Page::read)
}

impl Code {
    /// What the code is about, in one sentence without its full stop: the title of its page.
    #[must_use]
    pub fn title(self) -> &'static str {
        let page = pages().find(|page| page.id == self.id());
        page.map_or("A finding without a page", |page| page.title)
    }
}

impl Page {
    /// A section of a document, where it is the page of a code.
    fn read(section: &'static str) -> Option<Self> {
        let (heading, text) = section.split_once('\n')?;
        let (id, title) = heading.split_once(DASH)?;
        let is_code = id.ends_with(|last: char| last.is_ascii_digit()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        // The anchor of the next page stands above its heading.
        let mut text = text.rsplit_once("\n<a id=").map_or(text, |(text, _)| text).trim();
        // So may the heading of the next part of the document.
        while let Some((above, _)) = text.rsplit_once('\n').filter(|(_, last)| last.starts_with("# ")) {
            text = above.trim_end();
        }
        let severity = text.lines().find_map(|line| line.strip_prefix("Severity: "));
        is_code.then_some(Self { id, title, severity, text })
    }

    /// The page for a terminal: without the marks of Markdown that only a browser makes something of.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut plain = String::with_capacity(self.text.len());
        let mut is_code_block = false;
        for line in self.text.lines() {
            let is_fence = line.starts_with("```");
            is_code_block ^= is_fence;
            if is_fence {
                continue;
            }
            if is_code_block {
                plain.extend(["    ", line]);
            } else {
                plain.push_str(&without_links(&line.replace("**", "")));
            }
            plain.push('\n');
        }
        plain
    }
}

/// A line in which links are their texts.
fn without_links(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, link)) = rest.split_once('[') {
        plain.push_str(before);
        let parts = link.split_once("](").and_then(|(text, target)| Some((text, target.split_once(')')?.1)));
        if let Some((text, behind)) = parts.filter(|(text, _)| !text.contains('[')) {
            plain.push_str(text);
            rest = behind;
        } else {
            plain.push('[');
            rest = link;
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_title_and_a_page() {
        for code in Code::ALL {
            let page = pages().find(|page| page.id == code.id()).expect("a page");
            assert_eq!(code.title(), page.title);
            assert!(!page.title.ends_with('.') && page.severity.is_some(), "{page:?}");
            assert!(page.text.starts_with("Severity: ") && page.text.ends_with("```"), "{page:?}");
        }
    }

    #[test]
    fn a_page_in_a_terminal_has_no_marks() {
        for page in pages() {
            let plain = page.plain();
            for mark in ["**", "```", "](#", "<a id"] {
                assert!(!plain.contains(mark), "{} has `{mark}`:\n{plain}", page.id);
            }
        }
        assert_eq!(without_links("see [OV001](#ov001), a[0].b and [`x`](y)"), "see OV001, a[0].b and `x`");
    }
}
