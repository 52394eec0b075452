<?php

namespace Guestbook;

class Book
{
    public function title(): string
    {
        return "Guests";
    }
}
