//! How near the told tension comes to its curve: a director, chance, and the order that remarks have without one.
//!
//! ```text
//! cargo run --release -p raconteur_core --example tension -- [STORY.story.ron] [SEEDS] [OUT.svg]
//! ```
//! The story's `X.director.ron` gives the curve. For each seed the same weather is played to all three: variables that the
//! game writes walk by chance, and at each moment each of them may tell one of the open storylets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use raconteur_core::director::{Cue, Director, Plan, Sample, Shown, svg};
use raconteur_core::runner::{NoHost, Runner};
use raconteur_core::story::format::{Story, Value, VarDecl};
use raconteur_core::story::parse::load;
use raconteur_core::story::source::Source;

const MOMENTS: usize = 144;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = PathBuf::from(args.next().unwrap_or_else(|| "assets/stories/harrow_green.story.ron".to_owned()));
    let seeds: u64 = args.next().map_or(Ok(1000), |seeds| seeds.parse())?;
    let picture = args.next();
    let story = load(&path)?.into_story()?;
    let plan = path.to_string_lossy().replace(".story.ron", ".director.ron");
    let read = Plan::read(Source::new(plan.clone(), std::fs::read_to_string(&plan)?), &story);
    let Some(plan) = read.plan.clone().filter(|_| !read.has_errors()) else { return Err(read.render(false).into()) };
    let plan = Arc::new(plan);

    let mut means: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for seed in 0..seeds {
        for how in [How::Director, How::Chance, How::Order] {
            let director = play(&story, &plan, seed, how);
            means.entry(how.name()).or_default().push(director.mean_distance());
            let repeats = repeats(director.trace());
            means.entry(how.repeats()).or_default().push(repeats);
        }
    }
    println!("mean over {seeds} seeds of {MOMENTS} moments (standard deviation between seeds)");
    for (name, values) in &means {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len().max(1) as f64;
        println!("{name:44} {mean:6.2} ({:.2})", spread.sqrt());
    }
    let better = means[How::Director.name()].iter().zip(&means[How::Order.name()]).filter(|(a, b)| a < b).count();
    println!("the director is nearer than the order in {better} of {seeds} seeds");
    if let Some(picture) = picture {
        let rows: Vec<Vec<Sample>> = [How::Director, How::Order]
            .iter()
            .map(|how| play(&story, &plan, 1, *how).trace().cloned().collect())
            .collect();
        let shown = [
            Shown { name: "director", color: "#b5482a", samples: &rows[0] },
            Shown { name: "order without one", color: "#4a6a8a", samples: &rows[1] },
        ];
        std::fs::write(&picture, svg(&format!("{}: tension wanted (grey) and told, seed 1", story.title), &shown))?;
        println!("drawn in {picture}");
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum How {
    Director,
    Chance,
    Order,
}

impl How {
    fn name(self) -> &'static str {
        match self {
            Self::Director => "1 director: distance in points",
            Self::Chance => "2 chance: distance in points",
            Self::Order => "3 order (specific, least recent): distance",
        }
    }

    fn repeats(self) -> &'static str {
        match self {
            Self::Director => "4 director: retold within 6 tellings, %",
            Self::Chance => "5 chance: retold within 6 tellings, %",
            Self::Order => "6 order: retold within 6 tellings, %",
        }
    }
}

/// One play. The director of the ones without a director only keeps the books.
fn play(story: &Arc<Story>, plan: &Arc<Plan>, seed: u64, how: How) -> Director {
    let mut director = Director::new(plan.clone());
    let Ok((mut runner, _)) = Runner::new(story.clone(), seed, &NoHost) else { return director };
    let mut weather = Dice(seed);
    let mut luck = Dice(seed ^ 0x5eed);
    for moment in 0..MOMENTS {
        if moment % 4 == 0 {
            walk(story, &mut runner, &mut weather);
        }
        director.pass(&runner, &NoHost);
        let told = match how {
            How::Director => match director.cue(&runner, &NoHost, |_| true) {
                Cue::Tell(ids) => ids.first().cloned(),
                Cue::Silence(_) => None,
            },
            How::Chance => {
                let open = runner.open_storylets(&NoHost);
                open.get(luck.below(open.len())).map(|storylet| storylet.id.clone())
            }
            // A game without a director lets one after the other make a remark.
            How::Order => {
                let mut speakers: Vec<&str> = story.storylets.iter().map(|storylet| storylet.who.as_str()).collect();
                speakers.sort_unstable();
                speakers.dedup();
                let who = speakers[moment % speakers.len()];
                runner.storylet(who, &NoHost).map(|storylet| storylet.id.clone())
            }
        };
        let storylet = told.and_then(|id| story.storylets.iter().find(|storylet| storylet.id == id));
        if let Some(storylet) = storylet
            && runner.tell(&storylet.id, &NoHost).is_ok()
        {
            director.told(&runner, &NoHost, storylet);
        }
    }
    director
}

/// Numbers that the game writes go up or down by one.
fn walk(story: &Story, runner: &mut Runner, dice: &mut Dice) {
    for name in &story.game.writes {
        let (Some(VarDecl::Int { .. }), Some(Value::Int(value))) =
            (story.vars.get(name), runner.state().vars.get(name))
        else {
            continue;
        };
        let next = value + dice.below(3) as i64 - 1;
        // A variable that is declared can be set.
        let _ = runner.set(name, Value::Int(next));
    }
}

/// Percent of tellings that had been told among the six before.
fn repeats<'a>(trace: impl Iterator<Item = &'a Sample>) -> f64 {
    let told: Vec<&String> = trace.filter_map(|sample| sample.told.as_ref()).collect();
    let again = (0..told.len()).filter(|&at| told[at.saturating_sub(6)..at].contains(&told[at])).count();
    100.0 * again as f64 / told.len().max(1) as f64
}

/// `SplitMix64` (Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % most.max(1) as u64) as usize
    }
}
