//! The evaluation: how departments, towns and categories did in a period, each figure with the cases it counts.

use leptos::prelude::*;

use crate::office::OfficeFrame;
use crate::office::words::Word;
use crate::settings::settings;

pub const PATH: &str = "/evaluation";

#[component]
pub fn EvaluationPage() -> impl IntoView {
    let settings = settings();
    view! {
        <OfficeFrame here=PATH>
            <main data-testid="evaluation">
                <div class="office-head">
                    <h1>{move || Word::Evaluation.text(settings.language.get())}</h1>
                </div>
            </main>
        </OfficeFrame>
    }
}
