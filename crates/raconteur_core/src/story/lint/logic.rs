//! V01, V02, V05, V06, V08: conditions and effects, by [`Scope`]. V07: declarations that cannot be.

use super::Linter;
use super::place::Place;
use crate::story::expr::{Effect, Expr, Scope, TypeError};
use crate::story::format::VarDecl;

pub(super) fn check(linter: &mut Linter) {
    declarations(linter);
    let scope = Scope::new(linter.story);
    for (index, (_, lore)) in linter.story.lore.iter().enumerate() {
        let place = linter.places.entry("lore", index);
        condition(linter, &scope, lore.when.as_ref(), place);
    }
    for (_, beat, place) in linter.beats() {
        effects(linter, &scope, &beat.then, place);
        if let Some(detour) = &beat.detour {
            let list = place.field("detour").field("may");
            for (index, effect) in detour.may.iter().enumerate() {
                let item = list.item(index);
                report(linter, scope.check_range(effect), item);
            }
        }
    }
    for (_, line, place) in linter.lines() {
        condition(linter, &scope, line.when.as_ref(), place);
    }
    for (_, choice, place) in linter.choices() {
        condition(linter, &scope, choice.when.as_ref(), place);
        effects(linter, &scope, &choice.then, place);
    }
    for (_, outcome, place) in linter.outcomes() {
        condition(linter, &scope, outcome.when.as_ref(), place);
        effects(linter, &scope, &outcome.then, place);
    }
    for (storylet, place) in linter.storylets() {
        condition(linter, &scope, storylet.when.as_ref(), place);
        effects(linter, &scope, &storylet.then, place);
    }
}

fn condition(linter: &mut Linter, scope: &Scope, expr: Option<&Expr>, owner: Place) {
    if let Some(expr) = expr {
        report(linter, scope.check_condition(expr), owner.field("when"));
    }
}

fn effects(linter: &mut Linter, scope: &Scope, effects: &[Effect], owner: Place) {
    let list = owner.field("then");
    for (index, effect) in effects.iter().enumerate() {
        report(linter, scope.check_effect(effect), list.item(index));
    }
}

fn report(linter: &mut Linter, errors: Vec<TypeError>, place: Place) {
    for TypeError { code, span, message, help } in errors {
        let found = linter.error(code, place.within(span), message);
        found.help = help;
    }
}

/// V07: a variable that cannot have its value at the start, or that no expression can name.
fn declarations(linter: &mut Linter) {
    for (index, (name, decl)) in linter.story.vars.iter().enumerate() {
        let place = linter.places.entry("vars", index);
        let expr = Expr::parse(name);
        let named = matches!(expr.ast().map(|node| &node.kind), Some(crate::story::expr::ast::Kind::Name(_)));
        if !named || name.trim() != name {
            linter.error("V07", place.key(), format!("no condition can name the variable '{name}'")).help =
                Some("use letters, digits and _, a letter first; and, or, not, true and false are taken".to_owned());
        }
        match decl {
            VarDecl::Int { min, max, .. } if min > max => {
                linter.error("V07", place, format!("'{name}' has no values: min {min} is above max {max}")).help =
                    Some("exchange min and max".to_owned());
            }
            VarDecl::Int { init, min, max, .. } if !(min..=max).contains(&init) => {
                linter
                    .error("V07", place.field("init"), format!("'{name}' begins at {init}, outside {min}..{max}"))
                    .help = Some("move init into the range, or widen the range".to_owned());
            }
            VarDecl::Enum { of, .. } if of.is_empty() => {
                linter.error("V07", place.field("of"), format!("'{name}' has no values")).help =
                    Some("list them: of: [\"nobody\", \"odo\"]".to_owned());
            }
            VarDecl::Enum { init, of, .. } if !of.contains(init) => {
                linter
                    .error(
                        "V07",
                        place.field("init"),
                        format!("'{name}' begins as '{init}', which is not one of its values"),
                    )
                    .help = Some(format!("its values are {}", of.join(", ")));
            }
            VarDecl::Int { .. } | VarDecl::Bool { .. } | VarDecl::Enum { .. } => {}
        }
    }
}
