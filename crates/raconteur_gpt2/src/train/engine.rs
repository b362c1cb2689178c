//! What computes the passes of a training.

use super::head::Loss;
use super::network::{Batch, Network, StepOptions};
use super::parameters::Parameters;
use super::trainer::TrainError;
use crate::config::Gpt2Config;
use crate::device::ModelDevice;
use crate::error::Gpt2Error;

/// What computes losses and gradients.
#[derive(Debug)]
pub enum Engine {
    /// The processor, by our own gradients. The result does not depend on the number of threads.
    Own(Box<Network>),
    /// A candle device.
    #[cfg(feature = "candle")]
    Candle(super::candle::CandleNetwork),
}

impl Engine {
    /// What computes on a device.
    ///
    /// # Errors
    /// This build cannot use the device, or candle cannot open it.
    pub fn of(device: ModelDevice, config: &Gpt2Config) -> Result<Self, Gpt2Error> {
        if let Some(feature) = device.missing_feature() {
            return Err(Gpt2Error::DeviceFeature { device, feature });
        }
        #[cfg(feature = "candle")]
        if let Some(opened) = crate::reference::open(device)? {
            return Ok(Self::Candle(super::candle::CandleNetwork::new(config.clone(), opened)));
        }
        Ok(Self::Own(Box::new(Network::new(config.clone()))))
    }

    /// The loss of a batch, without dropout.
    pub(super) fn loss(&mut self, parameters: &Parameters, batch: &Batch) -> Result<Loss, TrainError> {
        match self {
            Self::Own(network) => Ok(network.loss(parameters, batch)),
            #[cfg(feature = "candle")]
            Self::Candle(network) => network.loss(parameters, batch).map_err(device),
        }
    }

    /// The loss of a batch; adds its gradients to `gradients`.
    pub(super) fn step(
        &mut self,
        parameters: &Parameters,
        batch: &Batch,
        options: &StepOptions,
        gradients: &mut Parameters,
    ) -> Result<Loss, TrainError> {
        match self {
            Self::Own(network) => Ok(network.step(parameters, batch, options, gradients)),
            #[cfg(feature = "candle")]
            Self::Candle(network) => network.step(parameters, batch, options, gradients).map_err(device),
        }
    }
}

#[cfg(feature = "candle")]
fn device(error: candle_core::Error) -> TrainError {
    TrainError::Device(error.to_string())
}
