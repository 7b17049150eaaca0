# Every sentence in English, the language every key must have.
# Sections: frame, trouble, counter, account, case, desk, letters, demo, command line.

## Frame

nav-skip = Skip to the content
nav-label = Language and account
nav-cancel = Cancel a card
nav-sign-in = Sign in
nav-sign-out = Sign out
foot-label = More from us
foot-follow = Follow your case
foot-verify = Verify a certificate
foot-channels = Other ways to reach us
foot-never-ask = We never ask for your bank card number or ID number, on any channel.
foot-privacy = We keep only what the cancellation needs, and delete it when the law lets us.
desk-name = Desk
desk-nav = Desk
desk-queue = Queue
desk-search = Reference, card number, name

## Trouble

trouble-home = Go to the start page
trouble-back = Go back
trouble-not-found = This page does not exist
trouble-not-found-text = Check the address. If you followed a link from a message, open it again from there.
trouble-stale = This form is out of date
trouble-stale-text = It was open for too long, or was sent from another page. Nothing was done. Open it again; what you saved is still there.
trouble-stale-again = Open it again
trouble-forbidden = This page is not for you
trouble-forbidden-text = You may be signed in as someone else.
trouble-too-many = Too many tries
trouble-too-many-text = Wait about { $minutes } minutes, then try again. Nothing you entered was lost.
trouble-too-large = This is too large
trouble-too-large-text = A file may have at most 8 MB. Choose a smaller one, or take the photo again at a lower size.
trouble-bad = We could not read this request
trouble-bad-text = Nothing was done. Go back and try again.
trouble-refused = This cannot be done now
trouble-unavailable = The desk cannot answer right now
trouble-unavailable-text = Nothing you declared before is lost. Try again in a minute.
refusal-not-yours = This is not something you can do here.
refusal-wrong-stage = The case has moved on, and this is no longer possible.
refusal-too-late = It is too late: the network has been told to end the card.
refusal-same-person = You have signed already. A second person must approve.
refusal-needs-approver = The second signature must be an approver’s.
refusal-still-lacking = Something is still missing that no signature replaces: the card is not found, not returned, or the fees are not agreed.
refusal-not-proven = We could not confirm that it is you. Ask for a new code.
refusal-bad-text = Write something, at most 4,000 characters.
refusal-already-ceased = This card has already ended.
refusal-nothing-owed = This has been reported before.
refusal-pending = The network has not answered yet. Try again in a moment.
refusal-taken = This reference is taken.

## Counter

start-title = Cancel a data card, SIM or eSIM

# Files, wherever one is sent.
file-empty = This file is empty. Choose it again, or take the photo again.
file-too-large = This file is larger than 8 MB. Choose a smaller one, or take the photo at a lower size.
file-too-many-pixels = This picture is larger than 40 megapixels. Take the photo at a lower size.
file-unknown-kind = We can read JPEG, PNG and WebP pictures and PDF. Save the file as one of these, or take a photo of it.
file-disagrees = The name of this file does not fit what is in it. Save it again as a picture or as a PDF.
file-broken = This file is damaged or incomplete. Open it to see whether it is whole, then send it again.

## Account

## Case

## Desk

## Letters

## Demo

demo-title = The demo’s outbox
demo-lede = What this demo would have sent, newest first. Nothing leaves this machine.
demo-strip = This is a demo of a made-up operator. Mail, texts and sign-in codes are on the
demo-strip-link = demo page
demo-people = Sign in as
demo-code = code now:
demo-part-holder = Holder
demo-part-agent = Agent
demo-part-approver = Approver
demo-part-admin = Admin
demo-sent = Sent
demo-empty = Nothing sent yet
demo-empty-text = Cancel a card, and the receipt appears here.
demo-sms = Text message
demo-to = To

## Command line
