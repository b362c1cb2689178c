//! Who wrote the text that an entity carries.

use bevy_ecs::prelude::*;
use bevy_raconteur::prelude::*;

fn marks(world: &World, entity: Entity) -> (bool, bool) {
    let entity = world.entity(entity);
    (entity.contains::<AuthoredText>(), entity.contains::<GeneratedText>())
}

#[test]
fn the_markers_follow_the_origin() {
    let mut world = World::new();
    let late = Source::Authored(Why::Late);
    for (origin, generated) in [
        (TextOrigin::AUTHORED, false),
        (TextOrigin::of_writing(Source::Generated), true),
        (TextOrigin::of_writing(Source::Ranked { of: 4 }), true),
        (TextOrigin::of_writing(Source::Baked), true),
        (TextOrigin::of_writing(late.clone()), false),
        (TextOrigin::of_writing(Source::Cancelled), false),
        (TextOrigin::of_choice(Source::Ranked { of: 4 }), false),
    ] {
        let letter = world.spawn(origin.clone()).id();
        assert_eq!(marks(&world, letter), (!generated, generated), "{origin:?}");
        assert_eq!(origin.is_generated(), generated);
    }
}

#[test]
fn another_text_has_another_mark_and_no_text_has_none() {
    let mut world = World::new();
    let letter = world.spawn(TextOrigin::AUTHORED).id();
    world.entity_mut(letter).insert(TextOrigin::of_writing(Source::Generated));
    assert_eq!(marks(&world, letter), (false, true));
    world.entity_mut(letter).insert(TextOrigin::AUTHORED);
    assert_eq!(marks(&world, letter), (true, false));
    world.entity_mut(letter).remove::<TextOrigin>();
    assert_eq!(marks(&world, letter), (false, false));
    world.entity_mut(letter).insert(TextOrigin::of_writing(Source::Generated));
    world.entity_mut(letter).despawn();
    assert!(world.get_entity(letter).is_err());
}
