// Reads JSON as strictly as RFC 8259 says, for looking at what the command prints.
#ifndef SUBPROC_TESTS_JSON_READER_H
#define SUBPROC_TESTS_JSON_READER_H

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

#include "checked.h"

namespace json
{

enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

struct Value {
    Kind kind = Kind::kNull;
    bool truth = false;
    int64_t number = 0;
    std::string text;
    Checked<Value> items;
    std::map<std::string, Value> members;

    bool IsNull() const
    {
        return kind == Kind::kNull;
    }

    bool Has(const std::string &name) const
    {
        return members.contains(name);
    }

    const Value &operator[](const std::string &name) const
    {
        return members.at(name);
    }
};

class Reader
{
  public:
    explicit Reader(const std::string &text) : text_(text) {}

    Value Read()
    {
        Value value = ReadValue();
        SkipBlanks();
        Require(at_ == text_.size(), "more than one value");
        return value;
    }

  private:
    void Require(bool holds, const std::string &what) const
    {
        if (!holds)
            throw std::runtime_error(what + " at byte " + std::to_string(at_));
    }

    void SkipBlanks()
    {
        while (at_ < text_.size() && std::string(" \t\r\n").find(text_[at_]) != std::string::npos)
            at_++;
    }

    char Peek() const
    {
        Require(at_ < text_.size(), "an early end");
        return text_[at_];
    }

    char Take()
    {
        char c = Peek();
        at_++;
        return c;
    }

    bool Accept(const std::string &word)
    {
        if (text_.compare(at_, word.size(), word) != 0)
            return false;
        at_ += word.size();
        return true;
    }

    Value ReadValue()
    {
        SkipBlanks();
        Value value;
        switch (Peek()) {
        case '{':
            return ReadObject();
        case '[':
            return ReadArray();
        case '"':
            value.kind = Kind::kString;
            value.text = ReadString();
            return value;
        default:
            return ReadWord();
        }
    }

    Value ReadWord()
    {
        Value value;
        if (Accept("null"))
            return value;
        value.kind = Kind::kBool;
        value.truth = Accept("true");
        if (value.truth || Accept("false"))
            return value;
        value.kind = Kind::kNumber;
        value.number = ReadNumber();
        return value;
    }

    int64_t ReadNumber()
    {
        size_t end = text_.find_first_not_of("-0123456789", at_);
        std::string digits = text_.substr(at_, end - at_);
        Require(!digits.empty() && (digits[0] != '0' || digits == "0"), "no whole number");
        at_ += digits.size();
        return std::stoll(digits);
    }

    Value ReadArray()
    {
        Value value;
        value.kind = Kind::kArray;
        Take();
        SkipBlanks();
        if (Accept("]"))
            return value;
        do {
            value.items.push_back(ReadValue());
            SkipBlanks();
        } while (Accept(","));
        Require(Take() == ']', "no ] after an array");
        return value;
    }

    Value ReadObject()
    {
        Value value;
        value.kind = Kind::kObject;
        Take();
        SkipBlanks();
        if (Accept("}"))
            return value;
        do {
            SkipBlanks();
            Require(Peek() == '"', "no name in an object");
            std::string name = ReadString();
            SkipBlanks();
            Require(Take() == ':', "no : in an object");
            Require(!value.Has(name), "a name that is there twice");
            value.members[name] = ReadValue();
            SkipBlanks();
        } while (Accept(","));
        Require(Take() == '}', "no } after an object");
        return value;
    }

    std::string ReadString()
    {
        std::string text;
        Take();
        for (char c = Take(); c != '"'; c = Take()) {
            Require(static_cast<unsigned char>(c) >= 0x20, "a raw control character");
            text += c == '\\' ? ReadEscape() : c;
        }
        return text;
    }

    // No test needs more than the control characters by number.
    char ReadEscape()
    {
        static const std::string letters = "\"\\/bfnrt";
        static const std::string meanings = "\"\\/\b\f\n\r\t";
        char letter = Take();
        size_t found = letters.find(letter);
        if (found != std::string::npos)
            return meanings[found];
        Require(letter == 'u' && Accept("00"), "an unknown escape");
        std::string digits = {Take(), Take()};
        return static_cast<char>(std::stoi(digits, nullptr, 16));
    }

    const std::string &text_;
    size_t at_ = 0;
};

} // namespace json

#endif
