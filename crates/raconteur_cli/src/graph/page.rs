//! A story as one HTML page that needs nothing else: no network, no server, no other file.
//!
//! The words of a story reach the page in two ways, and neither can become markup. The picture is SVG with every text
//! escaped; all else is JSON in which `<`, `>` and `&` are written as `\u003c` and so on, so that no text can end the
//! script element it stands in, and the page's script puts it in place as text only. A content security policy allows
//! the page's own script and styles by a nonce and nothing else, should any of that ever fail.

use serde::Serialize;

use super::data::Graph;
use super::svg::{Drawing, STYLE, escape, icon, palette};
use crate::error::CliError;

const FRAME: &str = include_str!("page/frame.html");
const PAGE_STYLE: &str = include_str!("page/page.css");
const SCRIPTS: [&str; 4] = [
    include_str!("page/words.js"),
    include_str!("page/canvas.js"),
    include_str!("page/panels.js"),
    include_str!("page/start.js"),
];

/// What the script reads.
#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    graph: &'a Graph,
    /// Left, top, width and height of the picture.
    view: (f32, f32, f32, f32),
}

/// The page.
///
/// # Errors
/// [`CliError::Failed`] if the graph cannot be written as JSON.
pub fn write(graph: &Graph) -> Result<String, CliError> {
    let drawing = Drawing::new(graph);
    let data = serde_json::to_string(&Data { graph, view: drawing.view() }).map_err(CliError::failed)?;
    let data = data.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let (x, y, width, height) = drawing.view();
    let parts = [
        ("{{nonce}}", nonce(&data)),
        ("{{lang}}", escape(&graph.locale)),
        ("{{title}}", escape(&graph.title)),
        ("{{style}}", format!("{}{STYLE}{PAGE_STYLE}", palette::variables())),
        ("{{view}}", format!("{x:.0} {y:.0} {width:.0} {height:.0}")),
        ("{{start}}", icon("start").to_owned()),
        ("{{ending}}", icon("ending").to_owned()),
        ("{{checkpoint}}", icon("checkpoint").to_owned()),
        ("{{generated}}", icon("generated").to_owned()),
        ("{{script}}", SCRIPTS.concat()),
        ("{{picture}}", drawing.body(graph)),
        ("{{data}}", data),
    ];
    Ok(fill(FRAME, &parts))
}

/// Puts the parts into the frame in one pass, so that no story can name a part.
fn fill(frame: &str, parts: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = frame;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match parts.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                out.push_str(value);
                rest = &rest[name.len()..];
            }
            None => {
                out.push_str("{{");
                rest = &rest[2..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A word that no story can know before it is whole: 128-bit FNV-1a over all of the data. The same story gives the same
/// page.
fn nonce(data: &str) -> String {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for byte in data.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests;
