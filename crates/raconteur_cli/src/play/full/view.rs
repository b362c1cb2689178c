//! The full screen as it is drawn: a title, the story with its choices, the variables, the keys.

use raconteur_core::runner::Moment;
use raconteur_core::story::format::VarDecl;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph};

use super::app::{App, Input, List, Page};
use super::keys::KEYS;
use super::log::Entry;
use super::wrap::{columns, cut, wrap};

/// Width of the variables; a narrower screen than twice that and a half shows the story alone.
const SIDE: u16 = 26;
/// Longest lines that are pleasant to read.
const MEASURE: usize = 90;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, app: &App<'_>) {
    let rows = Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)]);
    let [top, middle, bottom] = rows.areas(frame.area());
    title(frame, app, top);
    let side = app.variables && !app.game.story().vars.is_empty() && middle.width >= SIDE * 5 / 2;
    let columns = Layout::horizontal([Constraint::Min(1), Constraint::Length(if side { SIDE } else { 0 })]);
    let [main, right] = columns.areas(middle);
    story(frame, app, main);
    if side {
        variables(frame, app, right);
    }
    footer(frame, app, bottom);
    match app.page {
        Page::Story | Page::Input(_) => {}
        Page::Help => page(frame, app, "Keys", &help()),
        Page::Prompt => page(frame, app, "Prompt", &prompt(app)),
        Page::Rejected => page(frame, app, "Not taken", &rejected(app)),
        Page::List(list) => picked(frame, app, list),
    }
}

fn title(frame: &mut Frame<'_>, app: &App<'_>, area: Rect) {
    let (story, state) = (app.game.story(), app.game.runner().state());
    let name = if story.title.is_empty() { &story.id } else { &story.title };
    let model = app.game.model().unwrap_or_else(|| "no model".to_owned());
    let right = format!(" {} · {} · seed {} · {model} ", state.beat, story.locale, state.seed);
    let left = cut(&format!(" {name}"), usize::from(area.width).saturating_sub(2).min(40));
    let right = cut(&right, usize::from(area.width).saturating_sub(columns(&left) + 1));
    let gap = usize::from(area.width).saturating_sub(columns(&left) + columns(&right));
    let line = Line::from(vec![Span::from(left).bold(), Span::from(" ".repeat(gap)), Span::from(right)]);
    frame.render_widget(Paragraph::new(line).style(Style::new().add_modifier(Modifier::REVERSED)), area);
}

/// The lines of the story and of what can be chosen. The end is at the bottom, unless it is scrolled.
fn story(frame: &mut Frame<'_>, app: &App<'_>, area: Rect) {
    let area = area.inner(ratatui::layout::Margin { horizontal: 1, vertical: 0 });
    let width = usize::from(area.width).min(MEASURE);
    let mut lines: Vec<Line<'static>> = app.log.entries.iter().flat_map(|entry| said(entry, width)).collect();
    lines.push(Line::default());
    for (at, choice) in app.offered.iter().enumerate() {
        let marked = at == app.cursor && app.page == Page::Story;
        let style = if marked { Style::new().bold().reversed() } else { Style::new() };
        let words = wrap(&choice.label, width.saturating_sub(4));
        for (row, text) in words.into_iter().enumerate() {
            let number = if row == 0 { format!("{:>2}  ", at + 1) } else { "    ".to_owned() };
            lines.push(Line::from(vec![Span::from(number).bold(), Span::styled(text, style)]));
        }
        tag(&mut lines, &choice.source.to_string(), width);
    }
    if matches!(app.game.moment(), Moment::Line { .. }) {
        let more = if app.can_ask() { "  ▸ Enter goes on, a asks" } else { "  ▸ Enter" };
        lines.push(Line::from(more).dim());
    }
    let hidden = lines.len().saturating_sub(usize::from(area.height));
    let from = if app.page == Page::Story { hidden.saturating_sub(app.scroll) } else { hidden };
    let shown: Vec<Line<'_>> = lines.into_iter().skip(from).take(usize::from(area.height)).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

fn said(entry: &Entry, width: usize) -> Vec<Line<'static>> {
    match entry {
        Entry::Setting(text) => {
            let mut lines = vec![Line::default()];
            // No break between the text and what closes it.
            lines.extend(
                wrap(&format!("~ {text}\u{a0}~"), width).into_iter().map(|line| Line::from(line).italic().dim()),
            );
            lines.push(Line::default());
            lines
        }
        Entry::Said { name, text, source } => {
            let label = if name.is_empty() { String::new() } else { format!("{name}: ") };
            let words = wrap(&format!("{label}{text}"), width);
            let lines = words.into_iter().enumerate().map(|(row, line)| {
                let spans = match line.strip_prefix(label.trim_end()) {
                    Some(rest) if row == 0 && !label.is_empty() => {
                        vec![Span::from(label.trim_end().to_owned()).bold(), Span::from(rest.to_owned())]
                    }
                    _ => vec![Span::from(line)],
                };
                Line::from(spans)
            });
            let mut lines = lines.collect();
            tag(&mut lines, source, width);
            lines
        }
        Entry::You(text) => {
            let mut lines = vec![Line::default()];
            lines.extend(wrap(&format!("» {text}"), width).into_iter().map(|line| Line::from(line).bold()));
            lines
        }
        Entry::Note(text) => {
            wrap(&format!("! {text}"), width).into_iter().map(|line| Line::from(line).yellow()).collect()
        }
        Entry::End(beat) => vec![Line::default(), Line::from(format!("The end: {beat}")).bold()],
    }
}

/// Says behind the last line where its words come from, when that is worth a word; below it when there is no room.
fn tag(lines: &mut Vec<Line<'static>>, source: &str, width: usize) {
    if matches!(source, "authored(written)" | "authored(model_off)") {
        return;
    }
    let tag = Span::from(format!("  {source}")).dim();
    match lines.last_mut() {
        Some(last) if last.width() + tag.width() <= width => last.push_span(tag),
        _ => lines.push(Line::from(tag)),
    }
}

fn variables(frame: &mut Frame<'_>, app: &App<'_>, area: Rect) {
    let block = Block::new().borders(Borders::LEFT).title(" Variables ");
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let width = usize::from(inner.width).saturating_sub(1);
    let state = app.game.runner().state();
    let mut lines = Vec::new();
    for (name, decl) in app.game.story().vars.iter() {
        let Some(value) = state.vars.get(name) else { continue };
        let was = app.before.get(name).filter(|was| *was != value);
        let text = format!(" {name} = {value}");
        let style = if was.is_some() { Style::new().bold().green() } else { Style::new() };
        lines.push(Line::styled(cut(&text, width), style));
        let range = match (decl, was) {
            (_, Some(was)) => format!("   was {was}{}", range(decl)),
            _ => format!("  {}", range(decl)),
        };
        lines.push(Line::from(cut(&range, width)).dim());
    }
    lines.push(Line::default());
    lines.push(Line::from(format!(" steps back: {}", app.steps())).dim());
    frame.render_widget(Paragraph::new(lines), inner);
}

fn range(decl: &VarDecl) -> String {
    match decl {
        VarDecl::Int { min, max, .. } => format!(" {min}..{max}"),
        VarDecl::Bool { .. } => " true, false".to_owned(),
        VarDecl::Enum { of, .. } => format!(" {}", of.join(", ")),
    }
}

fn footer(frame: &mut Frame<'_>, app: &App<'_>, area: Rect) {
    let width = usize::from(area.width);
    let (text, style) = match app.page {
        Page::Input(input) => {
            let what = match input {
                Input::Question => "Ask",
                Input::Words => "Do",
                Input::Seed => "Seed of the new play",
                Input::Save => "Save to",
                Input::Load => "Load from",
                Input::Transcript => "Transcript to",
            };
            // The end of what is typed is what matters.
            let room = width.saturating_sub(columns(what) + 4);
            let skip = columns(&app.input).saturating_sub(room);
            let shown: String = app.input.chars().skip(skip).collect();
            (format!(" {what}: {shown}▏"), Style::new().bold())
        }
        _ if !app.status.is_empty() => (format!(" {}", app.status), Style::new().yellow()),
        Page::Story => {
            let keys = " Enter go on  a ask  s remark  u undo  p prompt  j jump  w save  ? keys  q leave";
            (keys.to_owned(), Style::new().dim())
        }
        Page::List(_) => (" Up, Down and letters move, Enter takes, Esc leaves".to_owned(), Style::new().dim()),
        _ => (" Up and Down scroll, any other key leaves".to_owned(), Style::new().dim()),
    };
    frame.render_widget(Paragraph::new(cut(&text, width)).style(style), area);
}

fn help() -> Vec<String> {
    KEYS.iter().map(|(keys, what)| format!("{keys:<14} {what}")).collect()
}

fn prompt(app: &App<'_>) -> Vec<String> {
    let last = &app.log.last;
    if last.of.is_empty() {
        return vec!["No model has been asked yet.".to_owned()];
    }
    let mut lines = vec![format!("for {}: {} of {} tokens", last.of, last.bill.total, last.bill.budget)];
    for entry in &last.bill.entries {
        let dropped = match entry.dropped.len() {
            0 => String::new(),
            count => format!(", {count} dropped"),
        };
        lines.push(format!("{:>6}  {}{dropped}", entry.tokens, entry.section));
    }
    lines.push(String::new());
    lines.extend(last.prompt.lines().map(|line| format!("| {line}")));
    lines
}

fn rejected(app: &App<'_>) -> Vec<String> {
    let last = &app.log.last;
    if last.rejected.is_empty() {
        return vec!["Of the last request every text was taken, or nothing was asked.".to_owned()];
    }
    let mut lines = Vec::new();
    for (of, why, text) in &last.rejected {
        let of = if of.is_empty() { &last.of } else { of };
        lines.extend([format!("{of}: {why}"), format!("    {text}"), String::new()]);
    }
    lines
}

/// A page over the story.
fn page(frame: &mut Frame<'_>, app: &App<'_>, title: &str, lines: &[String]) {
    let inner = window(frame, title);
    let width = usize::from(inner.width);
    let lines: Vec<Line<'_>> = lines.iter().flat_map(|line| wrap(line, width)).map(Line::from).collect();
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let shown: Vec<Line<'_>> = lines.into_iter().skip(app.scroll.min(most)).collect();
    frame.render_widget(Paragraph::new(shown), inner);
}

fn picked(frame: &mut Frame<'_>, app: &App<'_>, list: List) {
    let (title, warning) = match list {
        List::Beats => ("Jump to", "Effects and choices on the way there are skipped."),
        List::Remarks => ("Remarks", ""),
        List::Languages => ("Language", ""),
    };
    let inner = window(frame, title);
    let (width, mut height) = (usize::from(inner.width), usize::from(inner.height));
    let mut lines = Vec::new();
    if !warning.is_empty() {
        lines.push(Line::from(cut(warning, width)).yellow());
        height = height.saturating_sub(1);
    }
    let from = (app.cursor + 1).saturating_sub(height.max(1));
    for (at, (_, words)) in app.list.iter().enumerate().skip(from).take(height) {
        let style = if at == app.cursor { Style::new().reversed() } else { Style::new() };
        lines.push(Line::styled(cut(words, width), style));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

/// An empty window in the middle; gives what is inside of its border.
fn window(frame: &mut Frame<'_>, title: &str) -> Rect {
    let all = frame.area();
    let horizontal = if all.width > 60 { 4 } else { 0 };
    let vertical = if all.height > 16 { 2 } else { 0 };
    let area = all.inner(ratatui::layout::Margin { horizontal, vertical });
    let block = Block::new().borders(Borders::ALL).title(format!(" {title} "));
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    inner
}
