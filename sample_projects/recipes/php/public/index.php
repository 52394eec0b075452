<?php

require __DIR__ . "/../vendor/autoload.php";

echo (new Guestbook\Book())->title();
