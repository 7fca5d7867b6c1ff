//! A device's own rates: a large matrix product and a large copy, on random values, medians of several rounds.

use std::time::Instant;

use burn::backend::Flex;
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, FloatDType, Tensor};
use tribunal::model::Device;
use tribunal::reward::pixels::Form;
use tribunal::stream::Stream;

use super::checks::{judge, positions};

/// Rounds of each, after three that are not counted: the first compile and choose kernels.
const ROUNDS: usize = 10;

/// What a device does in a second.
pub struct Rates {
    /// Operations of a product in bfloat16, sums and products each counted.
    pub bfloat16_flops: f64,
    /// The same in single precision, as the backend computes it.
    pub float32_flops: f64,
}

/// Measures and prints them.
pub fn measured(device: Device) -> Result<Rates, Box<dyn std::error::Error>> {
    let (rates, copied_bytes) = match device {
        Device::Cpu => of::<Flex>(&Default::default(), 512),
        #[cfg(feature = "cuda")]
        Device::Cuda(index) => of::<burn::backend::Cuda>(&burn::backend::cuda::CudaDevice { index }, 8_192),
        #[cfg(not(feature = "cuda"))]
        Device::Cuda(_) => return Err("this binary is built without the feature `cuda`".into()),
    };
    println!("matrix product, bfloat16: {:.1} TFLOP/s", rates.bfloat16_flops / 1e12);
    println!("matrix product, float32:  {:.1} TFLOP/s", rates.float32_flops / 1e12);
    println!("copy (read and written):  {:.0} GB/s", copied_bytes / 1e9);
    Ok(rates)
}

fn of<B: Backend>(device: &B::Device, width: usize) -> (Rates, f64) {
    let matrix = |dtype| {
        let draw = || Tensor::<B, 2>::random([width, width], Distribution::Normal(0.0, 1.0), device).cast(dtype);
        let (a, b) = (draw(), draw());
        2.0 * (width as f64).powi(3) / wall_s::<B>(device, || a.clone().matmul(b.clone()))
    };
    let rates = Rates { bfloat16_flops: matrix(FloatDType::BF16), float32_flops: matrix(FloatDType::F32) };
    // Four bytes a value, read and written.
    let x = Tensor::<B, 2>::random([4 * width, width], Distribution::Default, device);
    let bytes = 2.0 * 4.0 * 4.0 * (width as f64).powi(2);
    (rates, bytes / wall_s::<B>(device, || x.clone() + 1.0))
}

/// Measures and prints how many positions the judges of the digit debate judge in a second, 5,120 asked for together.
pub fn judged(device: Device) -> Result<(), Box<dyn std::error::Error>> {
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
