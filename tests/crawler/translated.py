"""Articles in several languages, with what stands among the paragraphs in the words of each. Invented throughout."""

from __future__ import annotations

from itertools import permutations

from tests.crawler.stories import TEASER, TEASERS, P, Piece, drop, para, paras

DE = (
    "Die Serie geht in die dritte Staffel, und diesmal legt die Fähre nicht ohne ihre Kapitänin vom Kai ab.",
    "Der Sender teilte am Dienstag mit, dass im Frühjahr gedreht wird, wieder am selben Kai und mit denselben Booten.",
    "Wem das Boot gehörte, das am Ende einlief, wollte niemand sagen, und gesehen hat es seither auch keiner mehr.",
    "Bestellt wurden zehn Folgen, zwei mehr als im vergangenen Jahr, die letzte davon soll neunzig Minuten dauern.",
)
ES = (
    "La serie vuelve con una tercera temporada y esta vez el barco no sale del puerto sin su capitana a bordo.",
    "La cadena anunció el martes que el rodaje empieza en primavera, en el mismo muelle y con los mismos barcos.",
    "Nadie quiso decir de quién era el barco que llegó al final, y nadie lo ha vuelto a ver desde aquella noche.",
    "Se encargaron diez episodios, dos más que el año pasado, y el último durará según dicen noventa minutos.",
)
FR = (
    "La série revient pour une troisième saison, et cette fois le bateau ne quitte pas le port sans sa capitaine.",
    "La chaîne a annoncé mardi que le tournage commence au printemps, sur le même quai et avec les mêmes bateaux.",
    "Personne n'a voulu dire à qui était le bateau arrivé à la fin, et personne ne l'a revu depuis cette nuit-là.",
    "Dix épisodes ont été commandés, deux de plus que l'an dernier, et le dernier durerait quatre-vingt-dix minutes.",
)
IT = (
    "La serie torna con una terza stagione e questa volta il traghetto non lascia il porto senza la sua comandante.",
    "La rete ha annunciato martedì che le riprese iniziano in primavera, sullo stesso molo e con le stesse barche.",
    "Nessuno ha voluto dire di chi fosse la barca arrivata alla fine, e nessuno da quella notte l'ha più rivista.",
)
PT = (
    "A série volta para uma terceira temporada e desta vez o barco não sai do porto sem a sua capitã a bordo dele.",
    "O canal anunciou na terça-feira que as gravações começam na primavera, no mesmo cais e com os mesmos barcos.",
    "Ninguém quis dizer de quem era o barco que chegou no fim, e ninguém o voltou a ver desde aquela mesma noite.",
)
NL = (
    "De serie komt terug voor een derde seizoen, en deze keer vertrekt de veerboot niet zonder haar kapitein aan boord.",
    "De zender liet dinsdag weten dat de opnames in het voorjaar beginnen, op dezelfde kade en met dezelfde boten.",
    "Niemand wilde zeggen van wie de boot was die aan het eind binnenkwam, en niemand heeft hem daarna nog gezien.",
)
KO = (
    "드라마 ‘항구의 불빛’이 세 번째 시즌으로 돌아온다. 이번에는 선장 없이 배가 떠나지 않는다고 제작진은 전했다.",
    "방송사는 화요일 봄부터 촬영을 시작한다고 밝혔다. 촬영 장소는 지난 시즌과 같은 부두이며 배도 대부분 그대로다.",
    "마지막 장면에 들어온 배가 누구의 것인지는 아무도 말하지 않았고, 그날 밤 이후로 그 배를 본 사람도 없다고 한다.",
)
JA = (
    "ドラマ「港の灯」が第三シーズンで帰ってくる。今度は船長を乗せずに船が出ることはないと制作側は話している。",
    "放送局は火曜日、撮影は春に始まると発表した。場所は前と同じ埠頭で、船もほとんどが同じものになるという。",
    "最後の場面で入ってきた船が誰のものなのかは誰も語らず、あの夜から先はその船を見た人もいないのだという。",
)


def furnished(text: tuple[str, ...], *around: str) -> list[Piece]:
    """Paragraphs, with something that is no article behind each but the last, and the rest of it at the end."""
    long = [f"{one} {other}" for one, other in permutations(text, 2)]
    pieces = [piece for one, other in zip(long, around, strict=False) for piece in (para(one), drop(other))]
    return [*pieces, *paras(*long[len(around) :]), *map(drop, around[len(long) :])]


def read_on(label: str) -> str:
    return f'<p><strong>{label}</strong> <a href="{TEASER}">{TEASERS[0]}</a></p>'


def said(line: str) -> str:
    return f"<p>{line}</p>"


def box(title: str) -> str:
    return f"<div><h3>{title}</h3><p>{TEASERS[1]}, and this is how it came to be, says the town.</p></div>"


def picture(line: str) -> str:
    return f'<p><img src="/a.jpg"></p><p>{line}</p>'


LANGUAGES: dict[str, list[Piece]] = {
    "de": furnished(
        DE,
        read_on("Lesen Sie auch:"),
        read_on("Mehr zum Thema:"),
        read_on("Lesetipp:"),
        read_on("Auch interessant:"),
        said("Melden Sie sich jetzt für unseren Newsletter an und verpassen Sie nichts mehr."),
        said("Anzeige"),
        said("Folgen Sie uns auf Facebook und Instagram."),
        picture("Am Kai in der zweiten Staffel. Foto: Hafensender/Otto Pier"),
        said("Diskutieren Sie mit uns in den Kommentaren."),
        box("Das könnte Sie auch interessieren"),
        picture("Bildquelle: Hafensender"),
        box("Ähnliche Artikel"),
        box("Meistgelesene Artikel"),
    ),
    "es": furnished(
        ES,
        read_on("Lee también:"),
        read_on("Te puede interesar:"),
        read_on("Leer más:"),
        read_on("Más información:"),
        said("Suscríbete a nuestro boletín y recibe las noticias del puerto."),
        said("Publicidad"),
        said("Síguenos en Facebook e Instagram."),
        picture("El muelle en la segunda temporada. Foto: Canal Puerto"),
        said("Déjanos tu opinión en los comentarios."),
        box("Artículos relacionados"),
        picture("Imagen: Canal Puerto"),
        box("También te puede interesar"),
        box("Lo más leído"),
    ),
    "fr": furnished(
        FR,
        read_on("À lire aussi :"),
        read_on("Lire aussi :"),
        read_on("Voir aussi :"),
        read_on("Lire la suite :"),
        said("Inscrivez-vous à notre newsletter pour ne rien manquer."),
        said("Publicité"),
        said("Suivez-nous sur Facebook et Instagram."),
        picture("Le quai dans la saison 2. Crédit photo : Canal Port"),
        said("Donnez-nous votre avis dans les commentaires."),
        box("Articles similaires"),
        picture("© Canal Port"),
        box("À lire également"),
        box("Sur le même sujet"),
    ),
    "it": furnished(
        IT,
        read_on("Leggi anche:"),
        read_on("Guarda anche:"),
        read_on("Per approfondire:"),
        said("Iscriviti alla nostra newsletter per non perdere le novità."),
        said("Pubblicità"),
        said("Seguici su Facebook e Instagram."),
        picture("Il molo nella seconda stagione. Foto: Canale Porto"),
        said("Diteci la vostra nei commenti."),
        box("Articoli correlati"),
        box("Potrebbe interessarti anche"),
        box("I più letti"),
    ),
    "pt": furnished(
        PT,
        read_on("Leia também:"),
        read_on("Veja também:"),
        read_on("Saiba mais:"),
        said("Inscreva-se na nossa newsletter e receba as notícias do porto."),
        said("Publicidade"),
        said("Siga-nos no Facebook e no Instagram."),
        picture("O cais na segunda temporada. Foto: Canal Porto"),
        said("Deixe a sua opinião nos comentários."),
        box("Artigos relacionados"),
        box("Você também pode gostar"),
        box("Mais lidas"),
    ),
    "nl": furnished(
        NL,
        read_on("Lees ook:"),
        read_on("Bekijk ook:"),
        read_on("Meer over dit onderwerp:"),
        said("Schrijf je in voor onze nieuwsbrief en mis niets meer."),
        said("Advertentie"),
        said("Volg ons op Facebook en Instagram."),
        picture("De kade in het tweede seizoen. Foto: Havenzender"),
        said("Laat het ons weten in de reacties."),
        box("Gerelateerde artikelen"),
        box("Meest gelezen"),
        box("Lees ook"),
    ),
    "ko": furnished(
        KO,
        read_on("관련기사:"),
        read_on("[관련기사]"),
        picture("[사진=항구방송]"),
        picture("사진 제공=항구방송"),
        said("뉴스레터를 구독하세요"),
        said("ⓒ 항구일보, 무단전재 및 재배포 금지"),
        box("관련기사"),
        box("많이 본 기사"),
    ),
    "ja": furnished(
        JA,
        read_on("関連記事:"),
        read_on("あわせて読みたい:"),
        read_on("【関連記事】"),
        picture("(写真:港テレビ)"),
        picture("写真提供:港テレビ"),
        said("メルマガ登録はこちら"),
        box("関連記事"),
        box("おすすめの記事"),
        box("人気記事ランキング"),
    ),
    "en": furnished(
        P,
        read_on("Read this next:"),
        read_on("SEE ALSO:"),
        read_on("Read More"),
        read_on("Related Story"),
        read_on("MORE:"),
        said("Follow us on Facebook and Instagram for more of the harbour."),
        said("Continue reading the main story"),
        picture("The quay in the second season. (Photo by Otto Pier/Quay Images)"),
        picture("Image via Channel Nine"),
        box("Related Articles"),
        box("More Stories"),
        box("You Might Also Like"),
        box("Trending Now"),
        box("Around the Web"),
    ),
}
