//! Plans: closed, sound, and by seed.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Every rule of a plan, walked by hand.
fn check(opening: &Opening, plan: &Plan, asked: usize) {
    assert_eq!(plan.chapters.len(), asked);
    let mut told: Vec<&str> = Vec::new();
    let (mut opened, mut closed) = (Vec::new(), Vec::new());
    let mut dead: BTreeSet<&str> = BTreeSet::new();
    let mut away: BTreeSet<&str> = opening.cast.iter().filter(|(_, person)| person.away).map(|(id, _)| id).collect();
    let mut fillings: BTreeMap<&str, Vec<&Vec<Bound>>> = BTreeMap::new();
    for chapter in &plan.chapters {
        assert!(!chapter.scenes.is_empty() && chapter.goal < chapter.scenes.len());
    }
    for (_, planned) in plan.scenes() {
        let scene = writer::scene_of(opening, &planned.id).expect("a scene of the opening");
        for who in &scene.returns {
            assert!(away.remove(who.as_str()), "{who} comes back without having been away");
        }
        for who in &planned.with {
            assert!(!dead.contains(who.as_str()), "{who} is dead in {}", planned.id);
            assert!(!away.contains(who.as_str()), "{who} is away in {}", planned.id);
        }
        assert!(scene.after.iter().all(|step| told.contains(&step.as_str())), "{} comes too early", planned.id);
        match planned.id.split_once('/') {
            Some((thread, step)) => {
                assert!(!told.contains(&planned.id.as_str()), "{} is told twice", planned.id);
                assert_eq!(thread, planned.thread);
                let place = opening.threads.get(thread).expect("a thread").scenes().position(|(id, _)| id == step);
                let before = told.iter().filter(|id| id.split('/').next() == Some(thread)).count();
                assert_eq!(place, Some(before), "{} is out of order", planned.id);
                if step == "opens" {
                    opened.push(thread);
                }
                if step == "closes" {
                    closed.push(thread);
                }
                told.push(&planned.id);
            }
            None => {
                let open = opened.contains(&planned.thread.as_str()) && !closed.contains(&planned.thread.as_str());
                assert!(open, "{} belongs to a thread that is not open", planned.id);
                let before = fillings.entry(&planned.id).or_default();
                assert!(!before.contains(&&planned.bound), "{} comes twice with the same filling", planned.id);
                before.push(&planned.bound);
            }
        }
        dead.extend(scene.dies.iter().map(String::as_str));
        away.extend(scene.leaves.iter().map(String::as_str));
    }
    assert_eq!(told.len(), opening.threads.iter().map(|(_, thread)| thread.len()).sum::<usize>());
    assert_eq!(opened.len(), opening.threads.len());
    assert_eq!(closed.len(), opening.threads.len(), "a thread stays open");
    assert_eq!(opened.first(), closed.last(), "what opens first closes last");
    assert_eq!(opened.first(), Some(&plan.first.as_str()));
    assert!(plan.scenes().next().is_some_and(|(_, scene)| scene.id.ends_with("/opens")));
    assert!(plan.scenes().last().is_some_and(|(_, scene)| scene.id.ends_with("/closes")));
    if leaders_marked(opening) {
        assert!(opening.threads.get(&plan.first).expect("a thread").leads);
    }
}

fn leaders_marked(opening: &Opening) -> bool {
    opening.threads.iter().any(|(_, thread)| thread.leads)
}

#[test]
fn every_thread_closes_and_the_first_one_last_whatever_the_opening_and_the_seed() {
    let (mut plans, mut refused) = (0, 0);
    for (at, opening) in sound(1).take(70).enumerate() {
        for seed in 0..8 {
            let asked = 5 + (at + seed as usize) % 9;
            match Plan::new(&opening, seed, Some(asked)) {
                Ok(plan) => {
                    check(&opening, &plan, asked);
                    assert_eq!(Plan::new(&opening, seed, Some(asked)), Ok(plan), "the same seed, the same plan");
                    plans += 1;
                }
                Err(PlanError::TooLittle { most, steps, .. }) => {
                    assert!(most < asked && steps < asked, "{most} of {asked}");
                    refused += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(plans > 250 && refused > 0, "{plans} plans, {refused} refused");
}

#[test]
fn seeds_give_other_orders_where_the_writer_leaves_room() {
    let opening = sound(1).find(|opening| opening.threads.len() >= 4).expect("one of them is large enough");
    let order = |seed| -> Vec<String> {
        let plan = Plan::new(&opening, seed, None).expect("a plan");
        plan.scenes().map(|(_, scene)| scene.id.clone()).filter(|id| id.contains('/')).collect()
    };
    let orders: BTreeSet<Vec<String>> = (0..30).map(order).collect();
    assert!(orders.len() > 5, "{} orders of 30 seeds", orders.len());
}

#[test]
fn tiny_can_be_told_in_five_to_eight_chapters_and_only_so() {
    let opening = tiny();
    for seed in 0..25 {
        for chapters in 5..=8 {
            check(&opening, &Plan::new(&opening, seed, Some(chapters)).expect("enough material"), chapters);
        }
    }
    assert_eq!(Plan::new(&opening, 1, Some(4)), Err(PlanError::TooFew(4)));
    assert_eq!(Plan::new(&opening, 1, Some(61)), Err(PlanError::TooMany(61)));
    let error = Plan::new(&opening, 1, Some(9)).expect_err("six steps and two times rain");
    assert_eq!(error, PlanError::TooLittle { asked: 9, most: 8, steps: 6 });
}

#[test]
fn who_fills_a_hole_of_the_opening_is_settled_once() {
    let text = TINY.replace("threads: {", "holes: { \"thief\": Person(of: [\"ann\", \"bo\"]) }, threads: {").replace(
        "with: [\"ann\", \"cy\"], tell: [",
        "with: [\"{thief}\", \"cy\"], after: [\"lamp/blame\"], tell: [Say(\"{thief} had it. {thief.They} said so.\"),",
    );
    // Bo may be dead by then, so he cannot be the thief.
    let error = Opening::from_ron(&text).expect_err("bo dies before the end");
    assert!(error.to_string().contains("lamp/closes"), "{error}");
    let opening = Opening::from_ron(&text.replace("[\"ann\", \"bo\"])", "[\"ann\"])")).expect("ann lives");
    let writer = authored(&Arc::new(opening), 3, None);
    let last = writer.chapter(5).expect("the last chapter");
    assert!(last.text().contains("Ann had it. She said so."), "{}", last.text());
}
