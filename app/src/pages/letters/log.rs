//! Everything that was sent, by pages and webhooks alike, newest first.

use domain::wire::notify::SentView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::words::Word;
use super::{ASK_EVERY, instead, keep};
use crate::office::When;
use crate::office::when::again_every;
use crate::requests;
use crate::settings::settings;

const FIRST: usize = 50;

#[component]
pub fn Log() -> impl IntoView {
    let settings = settings();
    let told = RwSignal::new(None);
    let all = RwSignal::new(false);
    again_every(ASK_EVERY, move || {
        spawn_local(async move { keep(told, requests::sent_letters().await) });
    });
    let count = move || told.with(|told| told.iter().flatten().flatten().count());
    let rows = Memo::new(move |_| {
        let most = if all.get() { usize::MAX } else { FIRST };
        told.with(|told| {
            let rows = told.iter().flatten().flatten();
            rows.take(most).cloned().collect::<Vec<SentView>>()
        })
    });
    let hidden = move || count().saturating_sub(rows.read().len());
    let instead = move || instead(settings, told, Word::NoLog);
    let heads = [
        Word::At,
        Word::Channel,
        Word::To,
        Word::Letter,
        Word::Attempt,
        Word::Answer,
    ];
    let heads = heads.map(|word| view! { <th scope="col">{settings.say(word)}</th> });
    view! {
        <section class="sheet" aria-labelledby="sent-log">
            <h2 id="sent-log">{settings.say(Word::Log)}</h2>
            <p class="office-said" role="status" class:gone=move || instead().is_none()>{instead}</p>
            <div class="wide log" class:gone=move || rows.read().is_empty()>
                <table data-testid="sent">
                    <thead><tr>{heads.collect_view()}</tr></thead>
                    <tbody>
                        <For each=move || rows.get() key=|row| (row.at.millis(), row.letter.clone(), row.receiver.clone(), row.attempt)
                            children=move |row| view! { <Row row/> }/>
                    </tbody>
                </table>
            </div>
            <button type="button" class="quiet" class:gone=move || hidden() == 0 on:click=move |_| all.set(true)>
                {move || Word::ShowMore.filled(settings.language.get(), &[("n", &hidden().to_string())])}
            </button>
        </section>
    }
}

#[component]
fn Row(row: SentView) -> impl IntoView {
    let settings = settings();
    let channel = match row.channel.as_str() {
        "page" => Word::ByPage,
        _ => Word::ByWebhook,
    };
    view! {
        <tr>
            <td><When at=row.at/></td>
            <td>{settings.say(channel)}</td>
            <td>{row.receiver}</td>
            <td>{row.letter}</td>
            <td>{row.attempt}</td>
            <td class="detail-cell">{row.answer}</td>
        </tr>
    }
}
