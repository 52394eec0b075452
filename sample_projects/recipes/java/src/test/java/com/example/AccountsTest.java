package com.example;

class AccountsTest {
}
