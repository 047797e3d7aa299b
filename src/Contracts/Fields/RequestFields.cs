using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Scheduler.Models;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Contracts.Fields;

/// <summary>
/// Check of every field of a message, at any depth: texts and bytes against <see cref="FieldRules"/>, enumerations against the values that
/// this version knows, fractions for being numbers, and the whole message against a depth that every reader can parse.
/// </summary>
public static class RequestFields
{
    /// <summary>
    /// Maximum nesting of messages, including the request itself. Readers accept 100, and the content of a request reappears deeper in a
    /// list or an event: one that could not be parsed there would stop every follower.
    /// </summary>
    public const int MaxDepth = 60;

    // A key is quoted in the path of its value.
    private const int QuotedCharacters = 64;

    private static readonly ConcurrentDictionary<MessageDescriptor, Step[]> Plans = new();

    /// <exception cref="DomainException">InvalidRequest: names the fields and their rules.</exception>
    public static void Require(IMessage request)
    {
        var found = new List<FieldViolation>();
        Check(request, (field, rule) => found.Add(new FieldViolation(field, rule)));
        if (found.Count > 0)
            throw DomainError.Invalid(found).ToException();
    }

    /// <param name="broken">Receives the path of each invalid field, such as <c>lrps[0].actual_lrp_key.domain</c>, and its rule.</param>
    public static void Check(IMessage request, Action<string, string> broken) => new Walk(broken).Into(request, 1);

    private static Step[] PlanOf(MessageDescriptor message) =>
        Plans.GetOrAdd(message, static of => [.. of.Fields.InDeclarationOrder().Select(StepOf).OfType<Step>()]);

    // Fields that cannot break a rule are left out.
    private static Step? StepOf(FieldDescriptor field)
    {
        if (!field.IsMap)
            return NeedsLook(field) ? new Step(field, RuleOf(field), null, null) : null;
        var key = field.MessageType.FindFieldByNumber(1);
        var value = field.MessageType.FindFieldByNumber(2);
        return NeedsLook(key) || NeedsLook(value) ? new Step(field, null, RuleOf(key), value) { ValueRule = RuleOf(value) } : null;
    }

    private static bool NeedsLook(FieldDescriptor field) =>
        field.FieldType
            is FieldType.String
                or FieldType.Bytes
                or FieldType.Enum
                or FieldType.Double
                or FieldType.Float
                or FieldType.Message;

    private static TextRule? RuleOf(FieldDescriptor field) =>
        field.FieldType is FieldType.String or FieldType.Bytes
            ? FieldRules.Find(field) ?? throw new InvalidOperationException($"{FieldRules.NameOf(field)} has no rule")
            : null;

    private sealed record Step(FieldDescriptor Field, TextRule? Rule, TextRule? KeyRule, FieldDescriptor? Value)
    {
        public TextRule? ValueRule { get; init; }
    }

    private sealed class Walk(Action<string, string> broken)
    {
        private readonly StringBuilder _path = new();

        public void Into(IMessage message, int depth)
        {
            if (depth > MaxDepth)
            {
                broken(_path.ToString(), $"must not nest messages more than {MaxDepth} deep");
                return;
            }
            foreach (var step in PlanOf(message.Descriptor))
            {
                var start = _path.Length;
                if (start > 0)
                    _path.Append('.');
                _path.Append(step.Field.Name);
                var value = step.Field.Accessor.GetValue(message);
                if (step.Field.IsMap)
                    Entries((IDictionary)value, step, depth);
                else if (step.Field.IsRepeated)
                    Elements((IList)value, step, depth);
                else if (value is not null)
                    One(value, step.Field, step.Rule, depth);
                _path.Length = start;
            }
        }

        private void Elements(IList values, Step step, int depth)
        {
            var start = _path.Length;
            for (var i = 0; i < values.Count; i++)
            {
                _path.Append(CultureInfo.InvariantCulture, $"[{i}]");
                One(values[i]!, step.Field, step.Rule, depth);
                _path.Length = start;
            }
        }

        private void Entries(IDictionary entries, Step step, int depth)
        {
            var start = _path.Length;
            foreach (DictionaryEntry entry in entries)
            {
                _path
                    .Append('[')
                    .Append(entry.Key is string key ? Quoted(key) : Convert.ToString(entry.Key, CultureInfo.InvariantCulture))
                    .Append(']');
                if (entry.Key is string text && step.KeyRule?.Broken(text) is { } rule)
                    broken(_path.ToString(), $"its key {rule}");
                else
                    One(entry.Value!, step.Value!, step.ValueRule, depth);
                _path.Length = start;
            }
        }

        private void One(object value, FieldDescriptor field, TextRule? rule, int depth)
        {
            var wrong = value switch
            {
                string text => rule!.Broken(text),
                ByteString bytes => rule!.Broken(bytes),
                double number => double.IsFinite(number) ? null : "must be a finite number",
                float number => float.IsFinite(number) ? null : "must be a finite number",
                _ => null,
            };
            if (field.FieldType == FieldType.Enum && field.EnumType.FindValueByNumber((int)value) is null)
                wrong = $"must be {Names(field.EnumType)}";
            if (wrong is not null)
                broken(_path.ToString(), wrong);
            if (value is IMessage message)
                Into(message, depth + 1);
        }

        private static string Quoted(string key)
        {
            var shown = new StringBuilder();
            foreach (var c in key.AsSpan(0, Math.Min(key.Length, QuotedCharacters)))
                shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
            return key.Length > QuotedCharacters ? shown.Append('…').ToString() : shown.ToString();
        }

        private static string Names(EnumDescriptor type)
        {
            var names = type.Values.Select(value => value.Name).ToArray();
            return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
        }
    }
}
