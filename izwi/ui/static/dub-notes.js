// What the server says about a dub is English; here it is in Shona. What has no entry stays as it came.

const SHONA = [
  [/^nothing was understood here, so the original voice stays$/, "hapana chanzwika pano, saka izwi rekutanga rasara"],
  [/^this line could not be translated, so the original voice stays$/, "mutsara uyu watadza kushandurwa, saka izwi rekutanga rasara"],
  [/^this is (.+) already$/, "mutsara uyu watova mu$1"],
  [/^this line was hard to hear: please check it$/, "mutsara uyu wanetsa kunzwika: ndapota utarisei"],
  [/^kept as you asked$/, "wasiyiwa sezvamakumbira"],
  [/^said in fewer words$/, "wataurwa nemashoko mashoma"],
  [/^runs (.+) s into the pause$/, "unopfuura nguva yawo nemasekonzi $1"],
  [/^the translation takes (.+) s and there are (.+) s, so the original voice stays$/, "mushanduro unoda masekonzi $1, nguva iripo masekonzi $2, saka izwi rekutanga rasara"],
  [/^Lines? (.+) (?:is|are) left in the original voice; the notes say why\.$/, "Mitsara yasara nezwi rekutanga: $1. Chikonzero chiri pamutsara wega wega."],
  [/^Every line is left in the original voice; the notes say why\.$/, "Mitsara yese yasara nezwi rekutanga. Chikonzero chiri pamutsara wega wega."],
  [/^All that is said is (.+) already, so nothing is dubbed\.$/, "Zvese zvinotaurwa zvatova mu$1, saka hapana chashandurwa."],
  [/^Izwi's own phrase book translates here; it knows everyday sentences only\.$/, "Bhuku reIzwi remitsara ndiro riri kushandura; rinoziva mitsara yemazuva ese chete."],
  [/^Both (.+) and (.+) are spoken; what is (.+) already stays as it is\.$/, "Pari kutaurwa $1 ne$2; zvatova mu$3 zvasara zvakadaro."],
  [/^Parts of the file are damaged; what could be read is here\.$/, "Faira rakakuvara; zvakwanisa kuverengwa ndizvo zviri pano."],
  [/^(.+) is longer than (.+) minutes; please cut it to .+ or less\.$/, "$1 inopfuura maminitsi $2; ndapota ipfupisei."],
  [/^(.+) cannot be read: it is damaged, or not a clip with sound\.$/, "$1 haiverengeki: yakakuvara, kana kuti haina ruzha."],
  [/^Nobody speaks in (.+), so there is nothing to dub\.$/, "Hapana ari kutaura mu$1, saka hapana chekushandura."],
  [/^No words were understood in (.+): is it music, or another language\?\.?$/, "Hapana mashoko anzwika mu$1: mimhanzi here, kana kuti mumwe mutauro?"],
  [/^The dub was broken off; what is ready is kept\.$/, "Kushandura kwadimburwa; zvagadzirwa zvakachengetwa."],
  [/^The dub was stopped; what is ready is kept\.$/, "Kushandura kwamiswa; zvagadzirwa zvakachengetwa."],
  [/^The dub broke (.+); what is ready is kept\.$/, "Kushandura kwatadza $1; zvagadzirwa zvakachengetwa."],
  [/^(.+) is empty\.$/, "$1 haina chinhu."],
  [/^This clip is not here any more\.$/, "Rekodhi iyi haisisipo pano."],
];

const NAMES = { English: "Chirungu" };

/** A sentence of the server in the language of the page; a note may hold several, parted by semicolons. */
export function said(text, language) {
  if (language !== "sn" || !text) return text;
  return put(text) ?? text.split("; ").map((part) => put(part) ?? part).join("; ");
}

function put(text) {
  const [pattern, shona] = SHONA.find(([english]) => english.test(text)) ?? [];
  return pattern && text.replace(pattern, (_, ...parts) => shona.replace(/\$(\d)/g, (_, at) => NAMES[parts[at - 1]] ?? parts[at - 1]));
}
