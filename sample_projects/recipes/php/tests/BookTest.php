<?php

class BookTest extends PHPUnit\Framework\TestCase
{
}
