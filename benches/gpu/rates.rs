//! A device's own rates: a large matrix product and a large copy, on random values, medians of several rounds.
//!
//! burn's fastest product is not always the card's: PyTorch's is measured too, and shares are told of the larger.

use std::process::Command;
use std::time::Instant;

use burn::backend::Flex;
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, FloatDType, Tensor};
use serde::Deserialize;
use tribunal::model::Device;
use tribunal::reward::pixels::Form;
use tribunal::stream::Stream;

use super::checks::{judge, positions};
use super::training::in_order;
use super::{Args, Failures, Outcome};

/// Rounds of each, after three that are not counted: the first compile and choose kernels.
const ROUNDS: usize = 10;

/// The width of the matrices, on a GPU and on the processor.
const WIDTHS: [usize; 2] = [8_192, 512];

/// Operations of matrix products in a second, sums and products each counted: the best that was seen, where any was.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Rates {
    bfloat16: Option<f64>,
    /// By tensor cores, as burn computes it and PyTorch where TF32 is allowed.
    float32: Option<f64>,
}

impl Rates {
    /// That of a precision.
    pub fn of(&self, precision: &str) -> Option<f64> {
        if precision == "bfloat16" { self.bfloat16 } else { self.float32 }
    }

    fn or_better(self, other: Self) -> Self {
        // Where one is not there it is less than any.
        let better = |a: Option<f64>, b: Option<f64>| if a >= b { a } else { b };
        Self { bfloat16: better(self.bfloat16, other.bfloat16), float32: better(self.float32, other.float32) }
    }

    fn tell(&self, who: &str) {
        for (precision, rate) in [("bfloat16", self.bfloat16), ("float32", self.float32)] {
            if let Some(rate) = rate {
                println!("matrix product, {precision:<8}, {who:<8} {}", in_tflops(rate));
            }
        }
    }
}

/// Operations a second to be read: a card does hundreds of TFLOP/s, a processor a tenth of one.
pub fn in_tflops(rate: f64) -> String {
    let digits = if rate < 1e13 { 3 } else { 1 };
    format!("{:>7.digits$} TFLOP/s", rate / 1e12)
}

/// Measures and prints all rates; those of products, burn's or PyTorch's.
pub fn measured(args: &Args, failures: &mut Failures) -> Rates {
    println!("\nrates of {}", args.device);
    let ours = failures.tried("rates", || own(args.device)).unwrap_or_default();
    let theirs = failures.tried("rates, pytorch", || theirs(args)).unwrap_or_default();
    theirs.tell("pytorch");
    failures.tried("rates, judges of pixels", || judged(args.device));
    ours.or_better(theirs)
}

fn own(device: Device) -> Outcome<Rates> {
    let (rates, copied_bytes) = match device {
        Device::Cpu => of::<Flex>(&Default::default(), WIDTHS[1]),
        #[cfg(feature = "cuda")]
        Device::Cuda(index) => of::<burn::backend::Cuda>(&burn::backend::cuda::CudaDevice { index }, WIDTHS[0]),
        #[cfg(not(feature = "cuda"))]
        Device::Cuda(_) => return Err("this binary is built without the feature `cuda`".into()),
    };
    rates.tell("tribunal");
    println!("copy (read and written): {:.0} GB/s", copied_bytes / 1e9);
    Ok(rates)
}

fn theirs(args: &Args) -> Outcome<Rates> {
    let width = if args.device == Device::Cpu { WIDTHS[1] } else { WIDTHS[0] };
    let mut command = Command::new(&args.python);
    command.arg(&args.script).args(["rates", "--device", &args.device.to_string(), "--width", &width.to_string()]);
    let out = in_order(&mut command).output()?;
    if !out.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(serde_json::from_slice(&out.stdout)?)
}

fn of<B: Backend>(device: &B::Device, width: usize) -> (Rates, f64) {
    let matrix = |dtype| {
        let draw = || Tensor::<B, 2>::random([width, width], Distribution::Normal(0.0, 1.0), device).cast(dtype);
        let (a, b) = (draw(), draw());
        2.0 * (width as f64).powi(3) / wall_s::<B>(device, || a.clone().matmul(b.clone()))
    };
    let rates = Rates { bfloat16: Some(matrix(FloatDType::BF16)), float32: Some(matrix(FloatDType::F32)) };
    // Four bytes a value, read and written.
    let x = Tensor::<B, 2>::random([4 * width, width], Distribution::Default, device);
    let bytes = 2.0 * 4.0 * 4.0 * (width as f64).powi(2);
    (rates, bytes / wall_s::<B>(device, || x.clone() + 1.0))
}

/// Measures and prints how many positions the judges of the digit debate judge in a second, 5,120 asked for together.
fn judged(device: Device) -> Outcome<()> {
    let asked = positions(&Stream::root(5), 5_120);
    for form in [Form::Sparse, Form::Convolutional] {
        let judge = judge(form, 5, device)?;
        let mut walls: Vec<f64> = (0..5)
            .map(|_| {
                let begun = Instant::now();
                drop(judge.flat_logits(&asked));
                begun.elapsed().as_secs_f64()
            })
            .skip(2)
            .collect();
        walls.sort_by(f64::total_cmp);
        println!("judge of pixels, {form:?}, {} a pass: {:.0} positions/s", judge.rows(), 5_120.0 / walls[1]);
    }
    Ok(())
}

/// The median time of some work, each time waited for: what is asked for together would be fused, and read its inputs once. Its
/// result is kept until it is there: what nobody holds is not computed.
fn wall_s<B: Backend>(device: &B::Device, work: impl Fn() -> Tensor<B, 2>) -> f64 {
    let mut walls: Vec<f64> = (0..ROUNDS + 3)
        .map(|_| {
            let begun = Instant::now();
            let result = work();
            B::sync(device).expect("the device finishes its work");
            drop(result);
            begun.elapsed().as_secs_f64()
        })
        .skip(3)
        .collect();
    walls.sort_by(f64::total_cmp);
    walls[walls.len() / 2]
}
