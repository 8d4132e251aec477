package io.directfaas.gateway.api;

import io.directfaas.gateway.GatewayProperties;
import io.directfaas.gateway.owner.GraphOwner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** All of the API's parts. */
@Configuration(proxyBeanMethods = false)
@Import({
  AlertApi.class,
  DeniedCallsApi.class,
  Errors.class,
  FunctionsApi.class,
  GraphApi.class,
  LogsApi.class,
  NamespacesApi.class,
  SecretsApi.class,
  SystemApi.class,
  UiPage.class
})
public class ApiConfiguration {
  @Bean
  Requests requests(GatewayProperties properties) {
    return new Requests(properties.defaultNamespace());
  }

  @Bean
  Answers answers(GraphOwner owner) {
    return new Answers(owner);
  }

  @Bean
  BuildInfo buildInfo() {
    return BuildInfo.load();
  }
}
