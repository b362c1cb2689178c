//! Every page of docs/lint shows a story with exactly its finding at the marked line, and a mended one without.

use std::path::PathBuf;

use raconteur_core::story::diagnostic::{Diagnostic, Severity};
use raconteur_core::story::lint::LintOptions;
use raconteur_core::story::parse::{Checked, parse_with};
use raconteur_core::story::source::Source;

const MARK: &str = "// <- here";

fn pages() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint");
    let mut pages: Vec<(String, String)> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("file system").path())
        .filter(|path| path.extension().is_some_and(|end| end == "md") && !path.ends_with("README.md"))
        .map(|path| {
            (
                path.file_stem().expect("test data").to_string_lossy().into_owned(),
                std::fs::read_to_string(path).expect("a page"),
            )
        })
        .collect();
    pages.sort();
    pages
}

/// The RON blocks of a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```ron\n").skip(1).map(|rest| rest.split("```").next().expect("test data")).collect()
}

/// The files of a block: a line that names one, such as `// ferry.de.l10n.ron`, begins it.
fn files(block: &str) -> Vec<Source> {
    let mut files: Vec<Source> = Vec::new();
    for line in block.split_inclusive('\n') {
        let words = line.strip_prefix("// ").map(str::trim_end);
        let named = words.and_then(|words| words.split(' ').next()).filter(|name| name.ends_with(".ron"));
        match (named, files.last_mut()) {
            (Some(name), _) => files.push(Source::new(name, line)),
            (None, Some(file)) => file.text.push_str(line),
            (None, None) => files.push(Source::new("example.story.ron", line)),
        }
    }
    files
}

/// A block that begins with `// 60 tokens` is for a model that takes so many, and whose tokens are words.
fn check(block: &str) -> Checked {
    let words = |text: &str| text.split_whitespace().count();
    let first = block.lines().next().and_then(|line| line.strip_prefix("// ")?.strip_suffix(" tokens"));
    let context = first.and_then(|number| number.parse().ok()).unwrap_or(0);
    parse_with(files(block), &LintOptions { count: Some(&words), context, ..LintOptions::default() })
}

#[test]
fn every_example_has_its_finding_and_no_other() {
    let pages = pages();
    assert!(pages.len() >= 46, "only {} pages", pages.len());
    for (code, page) in &pages {
        let example = blocks(page)[0];
        let checked = check(example);
        let files = files(example);
        let lines = files
            .iter()
            .flat_map(|file| file.text.lines().enumerate().map(|(index, line)| (file.name.as_str(), index + 1, line)));
        let marked = lines.filter(|(_, _, line)| line.contains(MARK));
        let wanted: Vec<(&str, &str, usize)> = marked.map(|(name, line, _)| (code.as_str(), name, line)).collect();
        let found = checked.diagnostics.iter();
        let found: Vec<(&str, &str, usize)> =
            found.map(|found| (found.code, found.primary.file.as_str(), found.primary.line)).collect();
        assert_eq!(found, wanted, "{code}:\n{}", checked.render(false));
        let severity = page.split("Severity: ").nth(1).expect("test data").lines().next().expect("test data");
        assert_eq!(checked.diagnostics[0].severity.name(), severity, "{code}");
    }
}

#[test]
fn every_mended_example_is_clean() {
    for (code, page) in pages() {
        let blocks = blocks(&page);
        assert_eq!(blocks.len(), 2, "{code} needs an example and its mended form");
        let checked = check(blocks[1]);
        assert!(checked.diagnostics.is_empty(), "{code}:\n{}", checked.render(false));
        assert!(checked.into_story().is_ok(), "{code}");
    }
}

#[test]
fn every_finding_says_what_to_do() {
    let silent = |found: &&Diagnostic| found.help.is_none() && found.severity < Severity::Info;
    for (code, page) in pages() {
        let checked = check(blocks(&page)[0]);
        assert_eq!(checked.diagnostics.iter().find(silent), None, "{code}");
    }
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let readme = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint/README.md");
    let readme = std::fs::read_to_string(readme).expect("file system");
    for (code, page) in pages() {
        let title =
            page.lines().next().expect("test data").strip_prefix(&format!("# {code}: ")).expect("test data").to_owned();
        assert!(
            readme.lines().any(|line| line.contains(&format!("[{code}]({code}.md)")) && line.contains(&title)),
            "{code}"
        );
    }
}

/// A code without a page is a code that nobody can look up.
#[test]
fn every_code_in_the_source_has_a_page() {
    fn walk(folder: PathBuf, texts: &mut String) {
        for entry in std::fs::read_dir(folder).expect("file system") {
            let path = entry.expect("file system").path();
            if path.is_dir() {
                walk(path, texts);
            } else {
                texts.push_str(&std::fs::read_to_string(path).expect("a page"));
            }
        }
    }
    let mut source = String::new();
    walk(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/story"), &mut source);
    let known: Vec<String> = pages().into_iter().map(|(code, _)| code).collect();
    let codes = source.split('"').filter(|text| {
        text.len() == 3
            && text.starts_with(['R', 'S', 'V', 'F', 'L', 'K', 'G', 'D'])
            && text[1..].bytes().all(|b| b.is_ascii_digit())
    });
    let codes: std::collections::BTreeSet<&str> = codes.collect();
    assert_eq!(
        codes.into_iter().collect::<Vec<_>>(),
        known.iter().map(String::as_str).collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    );
}
