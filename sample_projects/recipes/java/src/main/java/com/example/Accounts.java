package com.example;

public class Accounts {
    public static void main(String[] arguments) {
        System.out.println("0 accounts");
    }
}
