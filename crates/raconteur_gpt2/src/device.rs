//! [`ModelDevice`]: what computes a model.

use std::fmt;
use std::str::FromStr;

/// What computes a model.
///
/// Everything but [`Cpu`](Self::Cpu) needs a feature of this crate, and runs [`reference`](crate#features) in f32.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelDevice {
    /// This crate's own kernels, in every [`Quantization`](crate::quantize::Quantization). **Default**.
    #[default]
    Cpu,
    /// candle on the CPU: the reference. Feature `candle`.
    Candle,
    /// candle on the NVIDIA GPU of this number. Feature `cuda`. Not tested on a GPU yet.
    Cuda(usize),
    /// candle on the Apple GPU of this number. Feature `metal`. Not tested on a GPU yet.
    Metal(usize),
}

impl fmt::Display for ModelDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Candle => f.write_str("candle"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::Metal(number) => write!(f, "metal:{number}"),
        }
    }
}

impl FromStr for ModelDevice {
    type Err = String;

    /// `cpu`, `candle`, `cuda`, `cuda:1`, `metal`, ..
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = text.split_once(':').map_or((text, Ok(0)), |(name, number)| (name, number.parse()));
        match (name, number, text.contains(':')) {
            ("cpu", _, false) => Ok(Self::Cpu),
            ("candle", _, false) => Ok(Self::Candle),
            ("cuda", Ok(number), _) => Ok(Self::Cuda(number)),
            ("metal", Ok(number), _) => Ok(Self::Metal(number)),
            _ => Err(format!("'{text}' is no device: use cpu, candle, cuda or metal (or cuda:1, metal:1 and so on)")),
        }
    }
}

impl ModelDevice {
    /// The feature of this crate that it needs, if this build lacks it.
    pub(crate) fn missing_feature(self) -> Option<&'static str> {
        match self {
            Self::Candle if !cfg!(feature = "candle") => Some("candle"),
            Self::Cuda(_) if !cfg!(feature = "cuda") => Some("cuda"),
            Self::Metal(_) if !cfg!(feature = "metal") => Some("metal"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for device in [ModelDevice::Cpu, ModelDevice::Candle, ModelDevice::Cuda(0), ModelDevice::Metal(3)] {
            assert_eq!(device.to_string().parse(), Ok(device));
        }
        assert_eq!("cuda".parse(), Ok(ModelDevice::Cuda(0)));
        for wrong in ["", "gpu", "cpu:0", "candle:1", "cuda:", "cuda:x", "CUDA"] {
            assert!(wrong.parse::<ModelDevice>().is_err(), "{wrong}");
        }
    }
}
