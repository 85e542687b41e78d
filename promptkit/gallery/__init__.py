"""What a gallery shows of each picture, and the page that it is shown on."""

from promptkit.gallery.cards import Card, Picture, card_of

__all__ = ["Card", "Picture", "card_of"]
