// What the server says of its models is English; here it is in Shona. What has no entry stays as it came.

const SHONA = [
  [/The model hub at (\S+) cannot be reached \((.+?)\)\./, "Hub yemamodheru iri pa $1 haisvikike ($2)."],
  [/The model hub can be reached, so the full models are used\./, "Hub yemamodheru iri kusvikika, saka pari kushandiswa mamodheru akazara."],
  [/The small embedded models are used instead\./, "Panzvimbo pawo pari kushandiswa mamodheru madiki ari muno."],
  [/Only models that are on this machine already are used\./, "Pari kushandiswa chete mamodheru agara ari pamuchina uno."],
  [/The full models are on this machine already\./, "Mamodheru akazara agara ari pamuchina uno."],
  [/The full models are being brought here; until then the small ones talk\./, "Mamodheru akazara ari kuunzwa pano; parizvino madiki ndiwo ari kutaura."],
  [/The profile '(.+?)' was asked for\./, "Makumbira profile '$1'."],
  [/Izwi runs on its small embedded models: they know everyday talk in Shona and English\./, "Izwi riri kushandisa mamodheru aro madiki: anoziva hurukuro dzemazuva ese muchiShona nemuChirungu."],
  [/They learnt to listen from computer voices, so people they mostly do not understand, and then say so: writing works best\./, "Akadzidza kuteerera achishandisa manzwi emakombiyuta, saka vanhu kazhinji haavanzwisisi, uye anokuudzai: kunyora ndiko kuri nani."],
  [/A computer's voice speaks\./, "Izwi rekombiyuta ndiro rinotaura."],
  [/There is no translator here, so replies are written in each language directly\./, "Hapana mushanduri pano, saka mhinduro dzinonyorwa zvakananga mumutauro wega wega."],
  [/There is no folder '(.+?)' of documents to answer from\./, "Hapana forodha '$1' ine magwaro ekupindura nawo."],
  [/ is used instead\./, " ndiyo iri kushandiswa panzvimbo payo."],
];

/** A note on the models in the language of the page; that they are the models in use is said above them. */
export function told(text, language) {
  const plain = text.replace(/^Models in use: /, "");
  return language === "sn" ? SHONA.reduce((said, [english, shona]) => said.replace(english, shona), plain) : plain;
}
