//! Who of a story is read under which adapter.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer, Talk};
use raconteur_core::generate::Priority;
use raconteur_core::persona::Persona;
use raconteur_core::player_text::PlayerText;
use raconteur_core::prompt::Prompt;
use raconteur_core::request::{LineRequest, Work};
use raconteur_core::runner::{NoHost, Runner};
use raconteur_core::story::format::{Policy, Story};
use raconteur_core::template::{Scene, Template, Templates};

const FEN: &str = r#"(format: 1, id: "t", start: "stage",
    policies: { "default": (guide: Neutral(scale: 1.5), rank: Pmi(null: "{speaker}:"), tries: 2) },
    cast: {
        "mara": (name: "Mara", knows: ["bell"], groups: ["choir", "fen"]),
        "odo": (name: "Odo", groups: ["fen"], adapter: Some("old_bell_ringer")),
        "bo": (name: "Bo"), "narrator": (name: "") },
    groups: { "fen": (adapter: Some("marsh_folk")), "choir": () },
    lore: { "bell": (says: "The bell lies under water.", keys: ["bell"]) },
    beats: { "stage": (lines: [
        (id: "m", who: "mara", say: "Who rings?", gen: Vary(prompt: "vary", tone: "weary")),
        (id: "o", who: "odo", say: "Nobody.", gen: Free(prompt: "say", goal: "Odo denies it.")),
        (id: "b", who: "bo", say: "Hm.", gen: Vary(prompt: "vary")),
        (id: "n", who: "narrator", say: "Rain.", gen: Vary(prompt: "vary")),
        (id: "q", who: "mara", say: "Ask.", gen: Answer(from: ["bell"], unsure: "b")),
        (id: "p", who: "odo", say: "No.", gen: Pick(from: ["Never."]))], end: true) })"#;

fn fen() -> (Arc<Story>, Runner, Composer) {
    use ron::extensions::Extensions;
    let options =
        ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES);
    let story: Arc<Story> = Arc::new(options.from_str(FEN).unwrap());
    let (runner, _) = Runner::new(story.clone(), 11, &NoHost).unwrap();
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
    (story, runner, composer)
}

fn request(composed: Composed) -> LineRequest {
    match composed {
        Composed::Request(request) => request,
        other => panic!("no request: {other:?}"),
    }
}

/// All prompts of a request that are to be in the voice of whoever speaks.
fn voiced(work: &Work) -> Vec<&Prompt> {
    match work {
        Work::Write { prompt, config, .. } => {
            let against = config.guidance.as_ref().map(|guidance| &guidance.against);
            [Some(prompt), against].into_iter().flatten().collect()
        }
        Work::Pick { prompt, .. } => vec![prompt],
        Work::Answer { then, .. } => voiced(then),
    }
}

#[test]
fn a_character_speaks_under_its_own_adapter_else_under_that_of_its_group() {
    let (story, runner, composer) = fen();
    let lines = &story.beats.get("stage").unwrap().lines;
    for (id, voice) in [
        ("m", Some("marsh_folk")),
        ("o", Some("old_bell_ringer")),
        ("b", None),
        ("n", None),
        ("p", Some("old_bell_ringer")),
    ] {
        let line = lines.iter().find(|line| line.id == id).unwrap();
        let request = request(composer.line(&runner, line, &NoHost));
        let prompts = voiced(&request.work);
        // Whoever has something of their own is held against somebody who has not.
        let guided = matches!(id, "m" | "o");
        assert_eq!(prompts.len(), 1 + usize::from(guided), "{id}");
        assert!(prompts.iter().all(|prompt| prompt.adapter.as_deref() == voice), "{id}: {prompts:?}");
    }
    let line = lines.iter().find(|line| line.id == "q").unwrap();
    let question = PlayerText::new("What of the bell?");
    let asked = request(composer.answer(&runner, line, &question, &NoHost));
    assert!(voiced(&asked.work).iter().all(|prompt| prompt.adapter.as_deref() == Some("marsh_folk")));
    assert_eq!(story.adapters(), ["marsh_folk", "old_bell_ringer"]);
}

#[test]
fn what_is_read_ahead_is_read_in_the_voice_that_will_be_asked() {
    let (_, runner, composer) = fen();
    let ahead = composer.read_ahead(&runner, None, Priority::Ambient, &NoHost);
    let mut voices: Vec<_> = ahead.iter().map(|ahead| ahead.prompt.adapter.as_deref()).collect();
    voices.sort_unstable();
    voices.dedup();
    assert!(voices.contains(&Some("marsh_folk")) && voices.contains(&Some("old_bell_ringer")), "{voices:?}");
}

#[test]
fn a_persona_without_a_story_has_a_voice_too() {
    let persona = Persona { adapter: Some("marsh_folk".into()), ..Persona::new("Ivo", "smuggler; quick") };
    let policy = Policy::default();
    let heard = PlayerText::new("Who are you?");
    let talk = Talk {
        persona: &persona,
        setting: "The fen.",
        facts: &[],
        history: &[],
        said: &[],
        listener: "You",
        heard: Some(&heard),
        goal: "",
        must: &[],
        must_not: &[],
        policy: &policy,
        fallback: "...",
        priority: Priority::Addressed,
        seed: 1,
    };
    let templates = Templates::default();
    assert_eq!(talk.request(&templates).prompt().adapter.as_deref(), Some("marsh_folk"));
    assert_eq!(talk.read_ahead(&templates).prompt.adapter.as_deref(), Some("marsh_folk"));
}

#[test]
fn several_who_speak_have_a_voice_when_they_share_it() {
    let of = |voices: &[Option<&str>]| {
        let persona = |voice: &Option<&str>| Persona { adapter: voice.map(str::to_owned), ..Persona::new("X", "y") };
        let scene = Scene { personas: voices.iter().map(persona).collect(), ..Scene::default() };
        Template::parse("{persona}").unwrap().render(&scene, true).adapter
    };
    assert_eq!(of(&[Some("fen"), Some("fen")]).as_deref(), Some("fen"));
    assert_eq!(of(&[Some("fen"), None]), None);
    assert_eq!(of(&[Some("fen"), Some("watch")]), None);
    assert_eq!(of(&[]), None);
}

#[test]
fn a_prompt_without_an_adapter_is_written_as_before() {
    let text = ron::to_string(&Prompt::text("x")).unwrap();
    assert!(!text.contains("adapter"), "{text}");
    let named = Prompt { adapter: Some("fen".into()), ..Prompt::text("x") };
    assert_eq!(ron::from_str::<Prompt>(&ron::to_string(&named).unwrap()).unwrap(), named);
    assert_eq!(ron::from_str::<Prompt>(&text).unwrap(), Prompt::text("x"));
}
