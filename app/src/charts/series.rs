//! The large chart: uPlot behind four functions of `frontend/modules/series.js`. Loaded only where a chart is shown.

use js_sys::{Array, Float64Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

#[wasm_bindgen(raw_module = "./series.js")]
extern "C" {
    #[wasm_bindgen(js_name = openSeries)]
    fn open_series(container: &HtmlElement, words: JsValue) -> Promise;
    #[wasm_bindgen(js_name = setSeries)]
    fn set_series(chart: &JsValue, data: &Array);
    #[wasm_bindgen(js_name = closeSeries)]
    fn close_series(chart: &JsValue);
}

/// An open chart. Dropping it takes it down.
pub struct Series(JsValue);

impl Series {
    /// `words` are the names of the time axis, of today and of yesterday, and the zone, as JSON.
    pub async fn open(container: &HtmlElement, words: &str) -> Result<Self, String> {
        let words = js_sys::JSON::parse(words).map_err(|error| format!("{error:?}"))?;
        JsFuture::from(open_series(container, words))
            .await
            .map(Self)
            .map_err(|error| {
                error.dyn_ref::<js_sys::Error>().map_or_else(
                    || format!("{error:?}"),
                    |error| String::from(error.message()),
                )
            })
    }

    /// Seconds since 1970, and values of the same count; what is not there is not a number.
    pub fn set(&self, seconds: &[f64], values: &[f64]) {
        let data = Array::of2(
            &Float64Array::from(seconds).into(),
            &Float64Array::from(values).into(),
        );
        set_series(&self.0, &data);
    }
}

impl Drop for Series {
    fn drop(&mut self) {
        close_series(&self.0);
    }
}
