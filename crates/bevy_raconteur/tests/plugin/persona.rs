//! NPCs without a story.

use bevy_raconteur::core::generate::GenerationRequest;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

#[test]
fn an_npc_is_conditioned_by_who_it_is_and_what_it_knows() {
    let mut test = TestApp::new(scripted(|| {
        ScriptedGenerator::new(|request: &GenerationRequest, _| {
            let prompt = request.prompt.full();
            let whole = prompt.contains("The ferry stage.")
                && prompt.contains("The bell is gone.")
                && prompt.contains("Mara: ferrywoman; dry.")
                && prompt.ends_with("You: Where is the bell?\nMara:");
            Script::Say(if whole { " It is gone." } else { " What?" }.into())
        })
    }));
    test.run_until_ready();
    let mara = Persona::new("Mara", "ferrywoman; dry").knowing("The bell is gone.");
    let mara = test.app.world_mut().spawn(mara).id();
    test.app.world_mut().trigger(Generate::new(mara, "Hm.").at("The ferry stage.").hearing("Where is the bell?"));
    test.run_until(|test| !test.log.generated().is_empty());
    assert_eq!(test.log.generated()[0], ("It is gone.".into(), Source::Generated));
    let history = test.app.world().get::<Persona>(mara).unwrap().history();
    assert_eq!(history.len(), 2, "what was asked and what was answered");
}

#[test]
fn asking_an_npc_is_answered_and_nonsense_gets_the_unsure_line() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::saying(" It rang twice.")));
    test.run_until_ready();
    let mara = test.app.world_mut().spawn(Persona::new("Mara", "dry").unsure("Ask the river.")).id();
    for text in ["", "   ", "\u{1}\u{2}", "🦀🦀"] {
        test.app.world_mut().trigger(Ask { entity: mara, text: text.into() });
    }
    test.frame();
    assert_eq!(test.log.generated(), vec![("Ask the river.".into(), Source::Authored(Why::Written)); 4]);
    test.app.world_mut().trigger(Ask { entity: mara, text: "Did it ring?".into() });
    test.run_until(|test| test.log.generated().len() == 5);
    assert_eq!(test.log.generated()[4].0, "It rang twice.");
}

#[test]
fn nobody_can_ask_a_stone() {
    let mut test = TestApp::new(ModelSource::None);
    let stone = test.app.world_mut().spawn_empty().id();
    test.app.world_mut().trigger(Ask { entity: stone, text: "Hello?".into() });
    test.frame();
    assert!(test.log.problems()[0].contains("nobody can be asked"));
}

#[test]
fn an_utterance_that_never_ends_ends() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::new(|_, _| Script::Never)));
    test.run_until_ready();
    let mara = test.app.world_mut().spawn(Persona::new("Mara", "dry")).id();
    test.app.world_mut().trigger(Generate::new(mara, "Hm."));
    test.frame();
    test.pass(std::time::Duration::from_secs(11));
    test.frame();
    assert_eq!(test.log.generated(), vec![("Hm.".into(), Source::Authored(Why::Late))]);
}
