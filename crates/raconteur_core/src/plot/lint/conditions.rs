//! H01 and H05: conditions of holes, of templates, and of their ends.

use super::Linter;
use crate::plot::template::HookTemplate;
use crate::plot::{RELATED, TAGGED};
use crate::story::expr::ast::{Comparison, Kind, Node};
use crate::story::expr::{Expr, Scope};
use crate::story::format::{Value, VarDecl};
use crate::story::lint::place::Place;
use crate::story::suggest::did_you_mean;

impl Linter<'_> {
    pub(super) fn conditions(&mut self, id: &str, template: &HookTemplate, place: Place<'_>) {
        for (index, (_, hole)) in template.holes.iter().enumerate() {
            if let Some(filter) = &hole.filter {
                self.condition(id, template, index + 1, filter, place.field("holes").entry(index).field("where"));
            }
        }
        let all = template.holes.len();
        if let Some(when) = &template.when {
            self.condition(id, template, all, when, place.field("when"));
        }
        self.condition(id, template, all, &template.goal, place.field("goal"));
        if let Some(fail) = &template.fail {
            self.condition(id, template, all, fail, place.field("fail"));
        }
    }

    /// A condition that may name the first `holes` holes.
    fn condition(&mut self, id: &str, template: &HookTemplate, holes: usize, condition: &Expr, place: Place<'_>) {
        if let Some(error) = condition.syntax_error() {
            let help =
                error.help.clone().unwrap_or_else(|| "see the language of conditions in docs/writing.md".to_owned());
            let message = format!("hook '{id}': \"{}\": {}", condition.source(), error.message);
            return self.error("H05", place.within(error.at..error.at + 1), message, help);
        }
        let Some(node) = condition.ast() else { return };
        let mut own = Vec::new();
        node.walk(&mut |node| {
            if let Kind::Call { name, args } = &node.kind
                && [TAGGED, RELATED].contains(&name.as_str())
            {
                own.push((name.as_str(), args.as_slice(), node));
            }
        });
        let before = self.found.len();
        for (name, args, node) in own {
            self.about_world(id, template, holes, name, args, place, node);
        }
        let later: Vec<&str> = template.holes.ids().skip(holes).collect();
        node.walk(&mut |node| {
            if let Kind::Name(name) = &node.kind
                && later.contains(&name.as_str())
            {
                let message = format!("hook '{id}': '{name}' is filled after this hole");
                let help = "move the condition to the later of the two holes";
                self.error("H05", place.within(node.span.clone()), message, help);
            }
        });
        if self.found.len() > before {
            return;
        }
        // The rest is for the story to check. What only hooks know is put out of its sight first: it is a truth value, or
        // the id of an entity.
        let known = self.known(template, node);
        for error in Scope::new(self.story).check_condition(&Expr::parse(&known.to_string())) {
            let help = error.help.clone().unwrap_or_else(|| {
                let holes = template.holes.ids().take(holes).collect::<Vec<_>>().join(", ");
                format!("it may name the holes {holes}, and what a condition of the story may name")
            });
            self.error("H05", place.value(), format!("hook '{id}': {}", error.message), help);
        }
    }

    fn about_world(
        &mut self,
        id: &str,
        template: &HookTemplate,
        holes: usize,
        name: &str,
        args: &[Node],
        place: Place<'_>,
        node: &Node,
    ) {
        let words: Option<Vec<&str>> = args
            .iter()
            .map(|arg| match &arg.kind {
                Kind::Name(word) | Kind::Text(word) => Some(word.as_str()),
                _ => None,
            })
            .collect();
        let at = place.within(node.span.clone());
        let usage = format!("write {TAGGED}(hole, tag) or {RELATED}(hole, relation, hole)");
        let (list, of, word, who) = match (name, words.as_deref()) {
            (TAGGED, Some([who, tag])) => (&self.set.tags, "tag", *tag, vec![*who]),
            (RELATED, Some([who, relation, whom])) => (&self.set.relations, "relation", *relation, vec![*who, *whom]),
            _ => return self.error("H05", at, format!("hook '{id}': '{node}' has not the arguments of {name}"), usage),
        };
        if !list.iter().any(|other| other == word) {
            let help = did_you_mean(word, list.iter().map(String::as_str))
                .unwrap_or_else(|| format!("add it to `{of}s` if entities of the game have it"));
            self.error("H01", at.clone(), format!("hook '{id}': '{word}' is no {of}"), help);
        }
        let is_hole = |word: &str| template.holes.ids().take(holes).any(|hole| hole == word);
        if !who.iter().any(|word| is_hole(word)) {
            let help = did_you_mean(who[0], template.holes.ids().take(holes)).unwrap_or(usage);
            self.error("H05", at, format!("hook '{id}': '{node}' names no hole, so it says nothing about one"), help);
        }
    }

    /// The tree as the story may see it: what is asked of the world is a truth value. Holes that are compared become a word
    /// that fits, or one truth value where both sides are holes.
    fn known(&self, template: &HookTemplate, node: &Node) -> Node {
        let is_hole = |node: &Node| matches!(&node.kind, Kind::Name(name) if template.holes.contains(name));
        let same = |kind: Kind| Node { kind, span: node.span.clone() };
        let again = |part: &Node| self.known(template, part);
        match &node.kind {
            Kind::Call { name, .. } if name == TAGGED || name == RELATED => same(Kind::Bool(true)),
            Kind::Compare(comparison, left, right) if is_hole(left) || is_hole(right) => {
                let equal = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
                let other = if is_hole(left) { right } else { left };
                match &other.kind {
                    // A word that is no variable is the id of an entity.
                    Kind::Name(word) if equal && !self.story.vars.contains(word) => same(Kind::Bool(true)),
                    Kind::Text(_) if equal => same(Kind::Bool(true)),
                    Kind::Name(variable) => match self.story.vars.get(variable) {
                        Some(VarDecl::Enum { .. }) if equal => same(Kind::Bool(true)),
                        // It is of another type, or an order of words: the story's check names it.
                        _ => same(Kind::Compare(*comparison, other.clone(), Box::new(word_of(node)))),
                    },
                    _ => same(Kind::Compare(*comparison, Box::new(again(other)), Box::new(word_of(node)))),
                }
            }
            Kind::Call { name, args } if self.story.host.contains(name) => {
                let args = args.iter().map(|arg| if is_hole(arg) { word_of(arg) } else { again(arg) });
                same(Kind::Call { name: name.clone(), args: args.collect() })
            }
            Kind::Not(inner) => same(Kind::Not(Box::new(again(inner)))),
            Kind::All(parts) => same(Kind::All(parts.iter().map(again).collect())),
            Kind::Any(parts) => same(Kind::Any(parts.iter().map(again).collect())),
            _ => node.clone(),
        }
    }
}

/// Any text.
fn word_of(node: &Node) -> Node {
    Node { kind: Kind::Text(Value::Word("entity".to_owned()).to_string()), span: node.span.clone() }
}
