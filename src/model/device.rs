//! Devices: one `match` turns a name into a backend; a device that is not there is one clear error.

use std::fmt;
use std::process::Command;
use std::str::FromStr;

use super::fused::Trained;
use burn::backend::{Autodiff, Flex};

use crate::error::{Error, Result};

/// Where models are trained and served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Device {
    /// The processor, on burn's flex backend.
    #[default]
    Cpu,
    /// An NVIDIA GPU by index; needs the feature `cuda`.
    Cuda(usize),
}

impl Device {
    /// Opens it and lets it go, to say early what is wrong with it.
    ///
    /// # Errors
    /// [`Error::Usage`] where the binary was built without it, [`Error::Environment`] where it is not there.
    pub fn open(self) -> Result<()> {
        dispatch(self, Nothing)
    }

    /// The memory that is free there, in bytes, as the system or the driver's `nvidia-smi` says; none where neither does.
    pub fn memory_free_bytes(self) -> Option<u64> {
        match self {
            Self::Cpu => available_bytes(&std::fs::read_to_string("/proc/meminfo").ok()?),
            Self::Cuda(index) => {
                let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
                let out = Command::new("nvidia-smi")
                    .args(["--query-gpu=memory.free", "--format=csv,noheader,nounits", "--id"])
                    .arg(driver_name(index, visible.as_deref())?)
                    .output()
                    .ok()?;
                Some(String::from_utf8(out.stdout).ok()?.trim().parse::<u64>().ok()? << 20)
            }
        }
    }
}

fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find(|line| line.starts_with("MemAvailable:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
}

/// What the driver calls the GPU that a program sees under an index: programs count only those that are made visible to them.
fn driver_name(index: usize, visible: Option<&str>) -> Option<String> {
    match visible {
        None => Some(index.to_string()),
        Some(names) => names.split(',').nth(index).map(|name| name.trim().to_owned()),
    }
}

/// What is built to see whether a device is there.
struct Nothing;

impl OnBackend for Nothing {
    type Out = ();

    fn on<B: Trained>(self, _: B::Device) -> Result<()> {
        Ok(())
    }
}

impl FromStr for Device {
    type Err = Error;

    /// Reads `cpu`, `cuda` or `cuda:n`.
    fn from_str(name: &str) -> Result<Self> {
        let index = match name {
            "cpu" => return Ok(Self::Cpu),
            "cuda" => Some(0),
            _ => name.strip_prefix("cuda:").and_then(|index| index.parse().ok()),
        };
        index
            .map(Self::Cuda)
            .ok_or_else(|| Error::Usage(format!("unknown device `{name}`: give `cpu`, `cuda` or `cuda:n`")))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Cpu => write!(f, "cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

/// Something to be built on whichever backend a device names.
pub(crate) trait OnBackend {
    /// What is built; it hides the backend.
    type Out;
    /// Builds it on `B`.
    fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out>;
}

/// Builds on the backend of `device`: the only place that knows which backends there are.
pub(crate) fn dispatch<V: OnBackend>(device: Device, build: V) -> Result<V::Out> {
    match device {
        Device::Cpu => build.on::<Autodiff<Flex>>(Default::default()),
        Device::Cuda(index) => cuda(index, build),
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda<V: OnBackend>(index: usize, _build: V) -> Result<V::Out> {
    Err(Error::Usage(format!(
        "device `cuda:{index}` is asked for, and this binary is built without it\n  \
         build it with `cargo build --release --features cuda`, or use `--device cpu`"
    )))
}

#[cfg(feature = "cuda")]
fn cuda<V: OnBackend>(index: usize, build: V) -> Result<V::Out> {
    use burn::backend::cuda::{Cuda, CudaDevice};

    let device = CudaDevice { index };
    probe(index, &device)?;
    build.on::<Autodiff<Cuda>>(device)
}

/// Opens the device once and says what is wrong if that fails. Without a driver burn panics at the first tensor, so
/// the driver's own files are looked for first, and what can still fail is caught.
#[cfg(feature = "cuda")]
fn probe(index: usize, device: &burn::backend::cuda::CudaDevice) -> Result<()> {
    use burn::backend::Cuda;
    use burn::tensor::Tensor;

    let missing = |why: &str| {
        Err(Error::Environment(format!(
            "device `cuda:{index}` cannot be opened: {why}\n  \
             check the NVIDIA driver with `nvidia-smi`, or use `--device cpu`"
        )))
    };
    let signs = ["/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg"];
    if cfg!(target_os = "linux") && !signs.iter().any(|sign| std::path::Path::new(sign).exists()) {
        return missing("no NVIDIA driver on this machine");
    }
    let device = device.clone();
    // What it panics with is told below, as the one error.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let opened = std::panic::catch_unwind(move || {
        let one = Tensor::<Cuda, 1>::ones([1], &device).into_data();
        one.to_vec::<f32>().is_ok_and(|values| values == [1.0])
    });
    std::panic::set_hook(hook);
    match opened {
        Ok(true) => Ok(()),
        _ => missing("the driver does not open it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_memory_is_read_and_counted_in_bytes() {
        let meminfo = "MemTotal:       24000000 kB\nMemFree: 1 kB\nMemAvailable:   16000000 kB\n";
        assert_eq!(available_bytes(meminfo), Some(16_384_000_000));
        assert_eq!(available_bytes("nothing of it"), None);
    }

    #[test]
    fn a_gpu_has_the_name_that_its_place_among_the_visible_ones_says() {
        assert_eq!(driver_name(1, None).as_deref(), Some("1"));
        assert_eq!(driver_name(1, Some("3, 5")).as_deref(), Some("5"));
        assert_eq!(driver_name(0, Some("GPU-8f2c")).as_deref(), Some("GPU-8f2c"));
        assert_eq!(driver_name(2, Some("3,5")), None);
    }

    #[test]
    fn names_read_back() {
        for name in ["cpu", "cuda:0", "cuda:3"] {
            assert_eq!(name.parse::<Device>().unwrap().to_string(), name);
        }
        assert_eq!("cuda".parse::<Device>().unwrap(), Device::Cuda(0));
        assert_eq!("gpu".parse::<Device>().unwrap_err().exit_code(), 2);
        assert_eq!("cuda:x".parse::<Device>().unwrap_err().exit_code(), 2);
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_was_not_built_says_how_to_build_it() {
        assert!(Device::Cpu.open().is_ok());
        let error = Device::Cuda(0).open().unwrap_err();
        assert!(error.to_string().contains("--features cuda"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
