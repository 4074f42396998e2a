//! The evaluation: how departments, towns and categories did in a period, each figure with the cases it counts.

mod drilled;
mod formulas;
mod moves;
mod pickers;
mod tables;

use std::sync::Arc;

use domain::evaluation::view::EvaluationView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::office::OfficeFrame;
use crate::office::words::Word;
use crate::pages::start;
use crate::requests::{self, Problem};
use crate::settings::{Settings, settings};
use crate::start::{EvaluationStart, Page};
use crate::text::time;

use drilled::{Asked, Drilled};
use formulas::Formulas;
use moves::Moves;
use pickers::{Pickers, query};
use tables::Tables;

pub const PATH: &str = "/evaluation";

type Answer = Option<Result<Arc<EvaluationView>, Problem>>;

#[component]
pub fn EvaluationPage() -> impl IntoView {
    let settings = settings();
    let Page::Evaluation(asked) = start().page.clone() else {
        return ().into_any();
    };
    let answer: RwSignal<Answer> = RwSignal::new(None);
    let drilled = RwSignal::new(None::<Asked>);
    let question = query(&asked, None, None);
    let may_see = asked.may_see;
    let file = |form: &str| format!("/api/v1/evaluation?{question}&form={form}");
    let (csv, xlsx) = (file("csv"), file("xlsx"));
    Effect::new(move |_| {
        if may_see {
            let question = question.clone();
            spawn_local(async move {
                let found = requests::evaluation(&question).await;
                answer.try_set(Some(found.map(Arc::new)));
            });
        }
    });
    let view = move || answer.get().and_then(Result::ok);
    view! {
        <OfficeFrame here=PATH>
            <main data-testid="evaluation">
                <div class="office-head">
                    <h1>{move || Word::Evaluation.text(settings.language.get())}</h1>
                    <p class="office-at">{move || as_of(settings, &answer.read())}</p>
                    {may_see.then(|| view! {
                        <span class="exports">
                            <a href=csv download="evaluation.csv">{move || Word::ExportCsv.text(settings.language.get())}</a>
                            <a href=xlsx download="evaluation.xlsx">{move || Word::ExportXlsx.text(settings.language.get())}</a>
                        </span>
                    })}
                </div>
                <Pickers asked=(*asked).clone()/>
                <p class="office-said" role="status" class:gone=move || said(settings, &asked, &answer.read()).is_none()>
                    {let asked = asked.clone(); move || said(settings, &asked, &answer.read())}
                </p>
                {move || view().map(|view| view! { <Tables view drilled/> })}
                <Drilled asked=drilled/>
                {move || view().map(|view| view! { <Formulas indicators=view.indicators.clone()/> })}
                {may_see.then(|| view! { <Moves/> })}
            </main>
        </OfficeFrame>
    }
    .into_any()
}

fn as_of(settings: Settings, answer: &Answer) -> String {
    let Some(Ok(view)) = answer else {
        return String::new();
    };
    let at = time::clock(view.at, None, &start().city.offsets);
    Word::AsOf.filled(settings.language.get(), &[("at", &at)])
}

fn said(settings: Settings, asked: &EvaluationStart, answer: &Answer) -> Option<String> {
    let language = settings.language.get();
    let word = match answer {
        _ if !asked.may_see => Word::NotForYou,
        None => Word::Loading,
        Some(Ok(view)) if view.indicators.is_empty() => Word::NoIndicators,
        Some(Ok(view)) if view.rows.is_empty() => Word::Nothing,
        Some(Ok(_)) => return None,
        Some(Err(problem)) => {
            return Some(Word::Failed.filled(language, &[("why", &problem.said(language))]));
        }
    };
    Some(word.text(language).to_owned())
}
