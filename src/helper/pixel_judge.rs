//! The judge of a debate about an image: a frozen network that sees the pixels quoted to it and nothing else.
//!
//! A candidate stands for some classes; it is scored by the best logit among them. Of two digits that were named the judge
//! so compares the two logits; where the candidates are "a 7" and "another digit", its best of all ten classes decides
//! (Irving et al. 2018).

use std::sync::Arc;

use super::{Capabilities, Helper, Manner, Part, Settings, Sink};
use crate::cast::Casting;
use crate::error::{Error, Result};
use crate::helper::simulated::Trust;
use crate::judgment::{Answer, Ask, Kind, Reply, Wanted};
use crate::outcome::Outcome;
use crate::plan::{CellSpec, Fit, fits};
use crate::reward::pixels::{PixelJudge, Positions};
use crate::scale::softmax;
use crate::spec::{Fault, within};
use crate::strategy;
use crate::strategy::debate::Order;
use crate::task::Instance;
use crate::task::digits::claims::{Classes, digits_of};
use crate::task::image::{pixel_at, shape_of};

pub use crate::reward::pixels::Config;

/// Asks of a submission at most, unless a pass of the judge takes more.
const BATCH_MAX: usize = 256;

/// Pixels of a judge at most, as many as the largest generated image has; how many the images of a task have is asked of it.
const PIXELS_MAX: f64 = 4_096.0;

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        Some(&[Kind::Choice])
    }

    fn build(&self, name: &str, casting: &Casting, _trust: &Trust) -> Result<Arc<dyn Helper>> {
        Ok(Arc::new(JudgeOfPixels { judge: load(name, casting)? }))
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        within("pixels", self.pixels as f64, 1.0, PIXELS_MAX)?;
        within("width", self.width as f64, 1.0, 4_096.0)?;
        within("steps", self.steps as f64, 1.0, 1e7)?;
        within("batch", self.batch as f64, 1.0, 4_096.0)?;
        within("learning_rate", self.learning_rate, 1e-9, 1.0)?;
        within("images", self.images as f64, 1.0, 1e6)
    }

    fn check_part(&self, part: &Part) -> std::result::Result<(), Fault> {
        let Some(images) = part.task.images() else {
            let what = format!("helper `{}` judges images, and the task has none", part.name);
            return Err(Fault::of("roles", what, "use task.digits, or another helper"));
        };
        let (pixels, least, shape) = (self.pixels, images.inked_min(), images.shape());
        if pixels > shape.pixels() {
            let (all, rows, columns) = (shape.pixels(), shape.rows, shape.columns);
            let what =
                format!("`{}` is to see {pixels} pixels, and an image has {all} ({rows} by {columns})", part.name);
            return Err(Fault::of(
                "roles",
                what,
                format!("set its `pixels` to at most {least}, as many as all have ink"),
            ));
        }
        if pixels > least {
            let what = format!("`{}` is to see {pixels} pixels above 0, and some image has {least}", part.name);
            return Err(Fault::of("roles", what, format!("set its `pixels` to at most {least}")));
        }
        part.arm.strategies().try_for_each(|strategy| reveals(pixels, strategy))
    }

    fn fits(&self, _name: &str, cell: &CellSpec) -> std::result::Result<Vec<Fit>, Fault> {
        Ok(fits::of_judge(self, cell))
    }

    fn shrink(&mut self) {
        self.steps = self.steps.min(20);
        self.images = self.images.min(200);
    }
}

/// Refuses a strategy by which a judge does not come to see exactly so many pixels.
fn reveals(pixels: usize, strategy: &strategy::Config) -> std::result::Result<(), Fault> {
    let turns = match strategy {
        strategy::Config::Debate(debate) => {
            if debate.order == Order::Simultaneous || !debate.narrows.is_empty() {
                let what = "debaters about an image reveal one pixel after another, each for its own side";
                let next = "set order = \"sequential\" and narrows = []";
                return Err(Fault::of("strategy.debate", what, next));
            }
            debate.turns
        }
        strategy::Config::Consultancy(consultancy) => consultancy.turns,
        strategy::Config::Critique(_) => {
            let what = format!(
                "critics of all candidates speak at once and may point at one pixel twice, and the judge is one of exactly \
                 {pixels} pixels, who reads no further"
            );
            return Err(Fault::of("strategy", what, "use strategy.debate or strategy.consultancy, or other helpers"));
        }
        _ => {
            let what = format!("a judge of {pixels} pixels is shown them by debaters or an adviser, one a turn");
            return Err(Fault::of("strategy", what, "use strategy.debate or strategy.consultancy, or other helpers"));
        }
    };
    if usize::from(turns) != pixels {
        let what = format!("{turns} turns reveal as many pixels, and the judge is one of {pixels}");
        let key = format!("strategy.{}.turns", strategy.kind());
        return Err(Fault::of(&key, what, format!("use {pixels}, or a judge of {turns}")));
    }
    Ok(())
}

/// The frozen judge of that name.
pub(super) fn load(name: &str, casting: &Casting) -> Result<Arc<PixelJudge>> {
    let fits = casting.snapshots.get(name).map_or(&[][..], Vec::as_slice);
    let [(_, folder)] = fits else { return Err(Error::Bug(format!("the plan has no fit for the judge `{name}`"))) };
    Ok(Arc::new(PixelJudge::load(folder, casting.device)?))
}

/// See the module.
pub struct JudgeOfPixels {
    /// The network.
    pub judge: Arc<PixelJudge>,
}

impl Helper for JudgeOfPixels {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            kinds: vec![Kind::Choice],
            manner: Manner::Batched { batch_max: BATCH_MAX.max(self.judge.rows()) },
        }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        let mut positions = Positions::new(self.judge.pixels());
        let seen: Vec<std::result::Result<Vec<Classes>, String>> =
            asks.iter().map(|ask| self.see(ask, &mut positions)).collect();
        let mut logits = self.judge.logits(&positions).into_iter();
        for (ask, sides) in asks.iter().zip(seen) {
            let outcome = match sides.and_then(|sides| Ok((sides, logits.next().ok_or("the judge said too little")?))) {
                Err(why) => Outcome::Refused(why),
                Ok((sides, logits)) => {
                    let scores: Vec<f64> = sides.iter().map(|side| f64::from(score(&logits, *side))).collect();
                    let answer = Answer::Distribution(softmax(&scores));
                    Outcome::Scored(Reply {
                        answer,
                        quotes: Vec::new(),
                        by_text: None,
                        model_calls: 1,
                        micro_dollars: 0,
                    })
                }
            };
            // Whoever asked may have stopped listening; nothing is lost by that.
            let _ = sink.send((ask.ticket, outcome));
        }
    }
}

impl JudgeOfPixels {
    /// Puts the pixels quoted in an ask among the positions; what its candidates stand for.
    fn see(&self, ask: &Ask, positions: &mut Positions) -> std::result::Result<Vec<Classes>, String> {
        let sides = sides(&self.judge, &ask.instance)?;
        if ask.wanted != Wanted::Choice(sides.len() as u16) {
            return Err(format!("a judge of pixels chooses among candidates, and {:?} was asked", ask.wanted));
        }
        let pixels = revealed(ask)?;
        if pixels.len() != self.judge.pixels() {
            return Err(format!("a judge of {} pixels was shown {}", self.judge.pixels(), pixels.len()));
        }
        positions.push(&pixels);
        Ok(sides)
    }
}

/// The pixels that an ask quotes, by place and level.
pub(super) fn revealed(ask: &Ask) -> std::result::Result<Vec<(u16, u8)>, String> {
    let quoted = ask.view.quotes.iter().map(|quote| pixel_at(&ask.instance.material, quote.span));
    let pixels = quoted.map(|pixel| pixel.map(|(place, level)| (place as u16, level)));
    pixels.collect::<Option<_>>().ok_or_else(|| "what is quoted is no pixel of an image".into())
}

/// What the candidates of an instance stand for, where a judge can tell such images apart.
pub(super) fn sides(judge: &PixelJudge, instance: &Instance) -> std::result::Result<Vec<Classes>, String> {
    if shape_of(&instance.material) != Some(judge.shape()) {
        return Err(format!("the material is no image of {} by {} pixels", judge.shape().rows, judge.shape().columns));
    }
    let sides = instance.candidates.iter().map(digits_of).collect::<Option<Vec<_>>>();
    sides.ok_or_else(|| "a candidate does not say which digit the image shows".into())
}

/// How much a judge's logits speak for a candidate: the best of its classes'.
pub(super) fn score(logits: &[f32], side: Classes) -> f32 {
    side.iter().filter_map(|digit| logits.get(usize::from(digit))).copied().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_digits_their_logits_are_compared_and_of_all_the_best_decides() {
        let logits = [0.0, 3.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let p = |sides: [Classes; 2]| softmax(&sides.map(|side| f64::from(score(&logits, side))))[0];
        assert!(p([Classes::only(3), Classes::only(2)]) > 0.5);
        assert!(p([Classes::only(3), Classes::all_but(3)]) < 0.5, "a 1 is likelier than a 3");
        assert!(p([Classes::only(1), Classes::all_but(1)]) > 0.5);
    }
}
