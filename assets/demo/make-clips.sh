#!/bin/sh
# Makes the demo's speech clips: 8 kHz mono mu-law WAV, quiet above 2.4 kHz, where the parties'
# signature tones live (src/demo/signature.rs). Needs espeak-ng and sox. Run in this folder.
set -eu

say() { # name, voice, pitch, speed, text
    espeak-ng -v "$2" -p "$3" -s "$4" --stdout "$5" |
        sox -t wav - -r 8000 -c 1 -e mu-law -b 8 "$1.wav" \
            highpass 150 sinc -t 300 -2250 silence 1 0.02 0.5% reverse silence 1 0.02 0.5% reverse \
            norm -9 rate 8000
}

say customer-1 en-gb+m3 45 160 "Hello? Yes, speaking. No no, go ahead, I have a minute."
say customer-2 en-us+f2 55 165 "Hello. Who is calling, please? Oh, I see. Tell me a bit more."
say customer-3 en-gb-scotland+m1 40 155 "Good day. Aye, that is me. What is it about, then?"
say customer-4 en-us+m7 35 170 "Yeah, hello? Hm. All right. How much would that be?"
say customer-5 en-gb+f4 60 160 "Hello, you have reached the right house. I am listening."
say customer-6 en-029+f3 50 155 "Hi there. Sorry, it is a little noisy here. Could you say that again?"

say machine-1 en-us+f5 50 165 "Hi. We are not at home just now. Please leave a message after the tone."
say machine-2 en-gb+m5 40 160 "You have reached the voice mail box of this number. Speak after the beep."

say announcement en-us+f1 50 150 "We are sorry. The number you have dialled is not in service."

say agent-1 en-gb+f3 50 165 "Good day, thank you for taking the call. I am calling about your enquiry."
say agent-2 en-us+m2 45 170 "Hello there, this is the service desk. Is this a good time to talk?"
say agent-3 en-gb-x-rp+m4 50 160 "Hello, I have your request in front of me. May I ask two questions?"
