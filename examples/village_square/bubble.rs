//! Speech bubbles: what somebody says, over their head, with its tail.
//!
//! Whom the player hears has a bubble like paper, in full size; what others say stands smaller, on slate.

mod place;

use bevy::prelude::*;
use bevy::text::LineHeight;
use bevy::ui::{UiTransform, Val2};

use crate::folk::TALL;
use crate::paint::Painter;
use crate::palette::*;
use crate::player::{Earshot, Nearest, Player};
use crate::scenery::layer;
use crate::speech::Speech;
use crate::square::size_at;
use crate::talk::Voice;
use crate::typeface::Typeface;
use crate::walk::Feet;
use crate::window::Screen;

/// A bubble; it belongs to one person for good.
#[derive(Component)]
struct Bubble {
    of: Entity,
    name: Entity,
    words: Entity,
    rest: Entity,
    /// How far the middle of its foot is from its owner's head.
    shift: Vec2,
    /// Whether there is anything in it.
    filled: bool,
    style: Style,
}

/// How a bubble looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Style {
    /// The player does not hear it.
    Far,
    /// The player hears it.
    Near,
    /// It is for the player, or the player's own.
    Asked,
}

#[derive(Component)]
struct Tails;

#[derive(Component)]
struct AskHint;

/// Shows what is said.
pub struct BubblePlugin;

impl Plugin for BubblePlugin {
    fn build(&self, app: &mut App) {
        // Sizes are those of the last frame: so a bubble and its tail come and go together.
        app.add_systems(Startup, spawn)
            .add_systems(Update, ((fill, arrange).chain(), show_hint).after(crate::talk::say));
    }
}

fn spawn(
    mut commands: Commands,
    type_: Res<Typeface>,
    people: Query<(Entity, Option<&Name>), With<Voice>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut inks: ResMut<Assets<ColorMaterial>>,
) {
    commands.spawn((layer(&mut meshes, &mut inks, 3.0), Tails));
    for (of, name) in &people {
        let node = Node {
            position_type: PositionType::Absolute,
            left: px(0),
            top: px(0),
            padding: UiRect::new(px(11), px(11), px(4), px(6)),
            border: px(1).all(),
            border_radius: BorderRadius::all(px(9)),
            flex_direction: FlexDirection::Column,
            ..default()
        };
        let name_of = name.map_or("You", Name::as_str).to_owned();
        let name = commands.spawn((Text::new(name_of), type_.italic(15.0), TextColor(RUST.ui(1.0)))).id();
        let rest = commands.spawn((TextSpan::default(), type_.regular(17.0), TextColor(Color::NONE))).id();
        let words = commands
            .spawn((
                Text::default(),
                type_.regular(17.0),
                TextColor(PITCH.ui(1.0)),
                LineHeight::RelativeToFont(1.08),
                Node { max_width: px(200), ..default() },
            ))
            .add_child(rest)
            .id();
        let bubble = Bubble { of, name, words, rest, shift: Vec2::ZERO, filled: false, style: Style::Far };
        commands
            .spawn((
                bubble,
                node,
                BackgroundColor(Color::NONE),
                BorderColor::all(Color::NONE),
                Visibility::Hidden,
                ZIndex(0),
            ))
            .add_children(&[name, words]);
    }
    commands.spawn((
        AskHint,
        Text::new("E  ask"),
        type_.regular(15.0),
        TextColor(FLAME.ui(1.0)),
        Node {
            position_type: PositionType::Absolute,
            left: px(0),
            top: px(0),
            padding: UiRect::axes(px(8), px(1)),
            border_radius: BorderRadius::all(px(7)),
            ..default()
        },
        BackgroundColor(PITCH.ui(0.62)),
        Visibility::Hidden,
    ));
}

/// What somebody's bubble shows now: words, or that they think.
fn showing(voice: &Voice) -> Option<(&Speech, bool)> {
    let thinking = voice.coming.as_ref().filter(|coming| coming.floor && coming.told.is_empty());
    // Somebody who thinks about the player's question shows it at once; of a neighbour's one sees the last line.
    match (thinking, &voice.bubble) {
        (Some(coming), None) => Some((coming, true)),
        (_, Some(bubble)) => Some((bubble, false)),
        (None, None) => None,
    }
}

fn fill(
    time: Res<Time>,
    people: Query<(&Voice, Has<Earshot>, Has<Player>)>,
    type_: Res<Typeface>,
    mut bubbles: Query<(&mut Bubble, &mut BackgroundColor, &mut BorderColor, &mut ZIndex)>,
    mut texts: Query<(&mut Text, &mut TextFont, &mut TextColor, &mut Node), (Without<TextSpan>, Without<Bubble>)>,
    mut rests: Query<(&mut TextSpan, &mut TextFont)>,
) {
    let now = time.elapsed_secs();
    for (mut bubble, mut ground, mut edge, mut height) in &mut bubbles {
        let Ok((voice, near, player)) = people.get(bubble.of) else { continue };
        let Some((speech, thinking)) = showing(voice) else {
            bubble.filled = false;
            continue;
        };
        let style = match (speech.urgent || player, near) {
            (true, _) => Style::Asked,
            (false, true) => Style::Near,
            (false, false) => Style::Far,
        };
        (bubble.filled, bubble.style) = (true, style);
        height.set_if_neq(ZIndex(style as i32));
        let (paper, ink, name_ink, rim, size, widest) = match style {
            Style::Asked => (BONE.mix(FLAME, 0.35), PITCH, RUST.mix(OAK, 0.3), AMBER, 19.0, 216.0),
            Style::Near => (BONE, PITCH, RUST.mix(OAK, 0.3), BONE, 18.0, 206.0),
            Style::Far => (DEEP, PALE, MIST, SLATE, 15.5, 166.0),
        };
        let strength = speech.strength(now) * if style == Style::Far { 0.88 } else { 0.97 };
        ground.set_if_neq(BackgroundColor(paper.ui(strength)));
        edge.set_if_neq(BorderColor::all(rim.ui(strength)));
        let (shown, rest) = if thinking {
            let dots = 1 + (now * 2.5) as usize % 3;
            ("\u{2022} ".repeat(dots), "\u{2022} ".repeat(3 - dots))
        } else {
            // The font has a proper apostrophe; models and writers type the straight one.
            let mut letters = speech.told.chars().map(|c| if c == '\'' { '\u{2019}' } else { c });
            let shown: String = letters.by_ref().take(speech.shown as usize).collect();
            (shown, letters.collect())
        };
        if let Ok((mut text, mut font, mut color, mut node)) = texts.get_mut(bubble.words) {
            // On the text, not on the bubble: only then is its height that of the broken lines.
            if node.max_width != px(widest) {
                node.max_width = px(widest);
            }
            if text.0 != shown {
                text.0 = shown;
            }
            font.set_if_neq(type_.regular(size));
            color.set_if_neq(TextColor(ink.ui(strength.min(1.0))));
        }
        if let Ok((mut span, mut font)) = rests.get_mut(bubble.rest) {
            // What is still to come keeps its room, so that the bubble does not grow with every letter.
            if span.0 != rest {
                span.0 = rest;
            }
            font.set_if_neq(type_.regular(size));
        }
        if let Ok((_, mut font, mut color, _)) = texts.get_mut(bubble.name) {
            font.set_if_neq(type_.italic(size - 2.0));
            color.set_if_neq(TextColor(name_ink.ui(strength)));
        }
    }
}

/// Puts the bubbles over their heads and out of each other's way, and draws their tails.
fn arrange(
    time: Res<Time>,
    screen: Res<Screen>,
    people: Query<(Entity, &Feet, &Voice)>,
    mut bubbles: Query<(&mut Bubble, &ComputedNode, &mut UiTransform, &mut Visibility)>,
    mut meshes: ResMut<Assets<Mesh>>,
    tails: Single<&Mesh2d, With<Tails>>,
) {
    let now = time.elapsed_secs();
    let head = |feet: &Feet| feet.at + Vec2::new(0.0, (TALL + 8.0) * size_at(feet.at.y));
    let heads: Vec<Vec2> = people.iter().map(|(_, feet, _)| head(feet) - Vec2::new(0.0, 22.0)).collect();
    let mut order: Vec<_> = bubbles.iter_mut().collect();
    order.sort_by_key(|(bubble, ..)| (std::cmp::Reverse(bubble.style), bubble.of));
    let mut taken: Vec<Rect> = Vec::new();
    let mut p = Painter::default();
    for (bubble, node, transform, visibility) in &mut order {
        let size = node.size() * node.inverse_scale_factor();
        let person = people.get(bubble.of).ok().filter(|_| bubble.filled && size.x > 24.0);
        let Some((_, feet, voice)) = person else {
            visibility.set_if_neq(Visibility::Hidden);
            bubble.shift = Vec2::ZERO;
            continue;
        };
        let tip = head(feet);
        let wanted = place::shift(tip, size, bubble.shift, &taken, &heads, screen.0);
        let fresh = **visibility == Visibility::Hidden;
        let pull = if fresh { 1.0 } else { (crate::walk::step_of(&time) * 9.0).min(1.0) };
        let shift = bubble.shift + (wanted.at - bubble.shift) * pull;
        bubble.shift = shift;
        // What nobody hears need not be seen in a throng.
        if wanted.crowded && bubble.style == Style::Far {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        }
        let rect = place::rect(tip + shift, size);
        taken.push(place::rect(tip + wanted.at, size));
        visibility.set_if_neq(Visibility::Visible);
        let corner = screen.ui(Vec2::new(rect.min.x, rect.max.y));
        let translation = Val2::px(corner.x.round(), corner.y.round());
        if transform.translation != translation {
            transform.translation = translation;
        }
        let strength = showing(voice).map_or(1.0, |(speech, _)| speech.strength(now));
        tail(&mut p, rect, tip, bubble.style, strength);
    }
    if let Some(mut mesh) = meshes.get_mut(&tails.0) {
        // An empty mesh has nothing to upload.
        p.fan(&[Vec2::ZERO; 3], LinearRgba::NONE);
        p.finish(&mut mesh);
    }
}

/// From the lower edge of a bubble to the one who speaks.
fn tail(p: &mut Painter, rect: Rect, tip: Vec2, style: Style, strength: f32) {
    let (ink, alpha) = match style {
        Style::Asked => (AMBER, 0.97),
        Style::Near => (BONE, 0.97),
        Style::Far => (DEEP, 0.88),
    };
    let x = tip.x.clamp(rect.min.x + 18.0, rect.max.x - 18.0);
    let root = Vec2::new(x, rect.min.y + 0.5);
    // A bubble that had to go far only points the way: long tails would cross the others.
    let drop = (root.y - tip.y).clamp(8.0, 30.0);
    let end = root + Vec2::new((tip.x - x).clamp(-drop, drop), -drop);
    p.fan(&[root - Vec2::new(7.0, 0.0), end, root + Vec2::new(7.0, 0.0)], ink.alpha(alpha * strength));
}

/// The key, at the feet of the one who would be asked.
fn show_hint(
    nearest: Res<Nearest>,
    screen: Res<Screen>,
    people: Query<(&Feet, &Voice)>,
    hint: Single<(&mut UiTransform, &mut Visibility, &ComputedNode), With<AskHint>>,
) {
    let (mut transform, mut visibility, node) = hint.into_inner();
    let person = nearest.0.and_then(|npc| people.get(npc).ok());
    let Some((feet, _)) = person.filter(|(_, voice)| voice.question.is_none()) else {
        visibility.set_if_neq(Visibility::Hidden);
        return;
    };
    let at = screen.ui(feet.at - Vec2::new(0.0, 16.0));
    let half = node.size().x * node.inverse_scale_factor() / 2.0;
    transform.translation = Val2::px((at.x - half).round(), at.y.round());
    visibility.set_if_neq(Visibility::Visible);
}
