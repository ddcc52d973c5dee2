//! `cargo run -- [DIRECTORY] [ADDRESS]`: serves the tickets in a store until Ctrl-C.

use folio::Store;
use std::env;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), folio_web::Failure> {
    let mut arguments = env::args().skip(1);
    let directory = arguments.next().unwrap_or_else(|| "tickets.folio".to_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    // Opening reads from the disk, which is nothing for a thread that runs tasks; here none runs yet.
    let store = Store::open(&directory)?;
    let listener = TcpListener::bind(&address).await?;
    println!("The tickets in {directory} are at http://{}/tickets", listener.local_addr()?);
    let stop = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            eprintln!("Ctrl-C can't be waited for, so the service ends: {error}");
        }
    };
    folio_web::serve(listener, store, stop).await
}
