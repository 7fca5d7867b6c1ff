//! The judge: learns, comes back from disk and goes on bit for bit, says the same of a view among any others.

use tribunal::model::Device;
use tribunal::reward::Learner;
use tribunal::reward::pixels::{Config, Form, PixelJudge, PixelJudgeLearner, Positions};
use tribunal::stream::Stream;
use tribunal::task::Split;
use tribunal::task::digits::{self, Digits};
use tribunal::task::image::{Images, LabelledImage};

fn images(split: Split, count: usize) -> Vec<LabelledImage> {
    let task = Digits::new(digits::Config { side: 12, ..Default::default() }).expect("a task");
    task.labelled(split, count, 1)
}

fn learner(form: Form, steps: usize) -> PixelJudgeLearner {
    let config = Config { pixels: 4, form, width: 16, steps, batch: 32, ..Default::default() };
    let shape = images(Split::Train, 1)[0].image.shape;
    let mut learner = PixelJudgeLearner::new(config, shape, 10, Stream::root(3), Device::Cpu).expect("a learner");
    learner.absorb(images(Split::Train, 300));
    learner.absorb_validation(images(Split::Validation, 60));
    learner
}

/// Views of random pixels.
fn views(count: usize) -> Vec<Vec<(u16, u8)>> {
    let seen = |image: LabelledImage| {
        let inked: Vec<usize> = image.image.inked().collect();
        inked.iter().step_by(inked.len() / 4).take(4).map(|at| (*at as u16, image.image.levels[*at])).collect()
    };
    images(Split::Test, count).into_iter().map(seen).collect()
}

fn said(judge: &PixelJudge, views: &[Vec<(u16, u8)>]) -> Vec<Vec<f32>> {
    let mut positions = Positions::new(4);
    views.iter().for_each(|view| positions.push(view));
    judge.logits(&positions)
}

#[test]
fn training_resumes_bit_for_bit() {
    for form in [Form::Sparse, Form::Convolutional] {
        let views = views(20);
        let mut whole = learner(form, 30);
        let report = whole.train(&mut |_| {}).expect("it trains");
        assert!(report.finished && report.loss.is_finite(), "{form:?}: {report:?}");
        let folder = tempfile::tempdir().expect("a folder");
        let mut part = learner(form, 30);
        assert!(!part.train_steps(13, &mut |_| {}).expect("it trains").finished);
        part.save(folder.path()).expect("it is saved");
        let mut resumed = PixelJudgeLearner::load(folder.path(), Device::Cpu).expect("it comes back");
        resumed.absorb(images(Split::Train, 300));
        resumed.absorb_validation(images(Split::Validation, 60));
        assert_eq!(resumed.train(&mut |_| {}).expect("it goes on"), report, "{form:?}");
        assert_eq!(said(&resumed.snapshot(), &views), said(&whole.snapshot(), &views), "{form:?}");
        let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        whole.save(one.path()).expect("saved");
        resumed.save(other.path()).expect("saved");
        for file in ["weights.safetensors", "optimizer.safetensors", "config.json", "training.jsonl"] {
            let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join(file)).expect("a file");
            assert_eq!(read(&one), read(&other), "{form:?}: {file}");
        }
    }
}

#[test]
fn a_view_is_judged_alike_among_any_others_and_in_any_order_of_its_pixels() {
    for form in [Form::Sparse, Form::Convolutional] {
        let mut trained = learner(form, 5);
        trained.train(&mut |_| {}).expect("it trains");
        let judge = trained.snapshot();
        let views = views(300);
        let together = said(&judge, &views);
        let mut backwards: Vec<_> = views.iter().rev().cloned().collect();
        backwards.iter_mut().for_each(|view| view.reverse());
        let mut reversed = said(&judge, &backwards);
        reversed.reverse();
        assert_eq!(reversed, together, "{form:?}");
        let grouped: Vec<_> = views.chunks(37).flat_map(|some| said(&judge, some)).collect();
        assert_eq!(grouped, together, "{form:?}");
        for at in [0, 131, 299] {
            assert_eq!(said(&judge, &views[at..=at])[0], together[at], "{form:?}");
        }
    }
}

#[test]
fn a_judge_learns_to_tell_digits_by_a_few_pixels() {
    let mut learner = learner(Form::Sparse, 1_500);
    learner.absorb(images(Split::Train, 2_000).split_off(300));
    let untrained =
        PixelJudgeLearner::accuracy(&learner.snapshot(), &images(Split::Test, 300), &Stream::root(1)).unwrap();
    learner.train(&mut |_| {}).expect("it trains");
    let accuracy =
        PixelJudgeLearner::accuracy(&learner.snapshot(), &images(Split::Test, 300), &Stream::root(1)).unwrap();
    println!("of ten classes by four pixels: {accuracy} trained, {untrained} untrained");
    assert!(accuracy > 0.3 && untrained < 0.2, "{accuracy}, {untrained}");
}

#[test]
fn what_is_no_judge_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(PixelJudge::load(folder.path(), Device::Cpu).is_err());
    std::fs::write(folder.path().join("config.json"), "{}").expect("a file");
    let error = PixelJudge::load(folder.path(), Device::Cpu).err().expect("a refusal").to_string();
    assert!(error.contains("config.json"), "{error}");
}
